"""Spending compute at inference time: strategies, budgets, traces, and the one door in."""

from search.budget import Budget
from search.models import Models, Task
from search.run import Outcome, run_search

__all__ = ["Budget", "Models", "Outcome", "Task", "run_search"]
