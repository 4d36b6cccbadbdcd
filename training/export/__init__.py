"""Training data from searches that were run: one module a kind, and one that runs them.

What a scorer abstained on, or never saw, is no label; what is left out is counted by its reason.
"""
