"""The commands of `fathom`, one file each: from flags to the same calls the service makes."""
