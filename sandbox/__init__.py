"""Runs programs nobody vouches for, in a process of its own. Knows no models and no searches."""
