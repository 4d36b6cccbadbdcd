"""What is trained by `fathom train`, one file each, and what these commands share."""
