"""Searches and completions that are kept: when, how, for how long, and who sees them."""
