"""What `fathom recycle` is asked for, and what it says."""
