"""Evaluating on questions that ask for a program: their files, their grading, their choosing."""
