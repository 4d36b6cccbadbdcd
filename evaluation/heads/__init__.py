"""Heads on hidden states: fitted to labelled solutions, and tried on questions they do not know."""
