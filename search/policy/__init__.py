"""The compute-optimal policy: which strategy for which difficulty and budget, arXiv:2408.03314."""

from search.policy.adviser import PolicyAdviser
from search.policy.choice import Choice
from search.policy.file import read, write
from search.policy.policy import FittedOn, Policy
from search.policy.regressor import Regressor, Term
from search.policy.table import Entry, Interval, Knot, Measured, Option, Row

__all__ = [
    "Choice",
    "Entry",
    "FittedOn",
    "Interval",
    "Knot",
    "Measured",
    "Option",
    "Policy",
    "PolicyAdviser",
    "Regressor",
    "Row",
    "Term",
    "read",
    "write",
]
