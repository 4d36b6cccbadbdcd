"""Selective Reflection-Tuning, arXiv:2402.10110, in the laboratory: poor pairs made better.

A large model that was taught to reflect rewrites a noisy set of pairs, a small student's own
likelihoods choose among the versions, and students that learn from each are compared.
"""
