"""Verifiers made from data: labels for steps, and models trained on them.

`training.examples` is what the parts hand each other: solutions with labels, lines of JSON.
"""
