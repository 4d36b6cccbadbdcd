"""Judging programs by running them: tests, who runs them, and what came of it."""
