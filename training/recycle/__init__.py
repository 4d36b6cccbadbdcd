"""Pairs of an instruction and its response made better by a teacher, as far as a student gains.

Selective Reflection-Tuning, arXiv:2402.10110: the teacher rewrites, and the student's own
likelihoods say which of the versions it is to learn from.
"""
