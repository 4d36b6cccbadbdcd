"""A small model given time to search beside a large one, at the same compute for both."""
