"""Compute-optimal search on one model: figures 4 and 8 of arXiv:2408.03314, as it is served."""
