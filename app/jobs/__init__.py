"""Jobs: what is done once it is accepted, whatever becomes of the process that does it."""
