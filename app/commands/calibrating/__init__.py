"""What `fathom calibrate` is made of: its arguments, and what it says."""
