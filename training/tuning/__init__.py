"""Weights changed by examples: what the trainings of verifiers and of students share.

`rows`, `batches`, `settings`, `report` and `progress` know no torch; `tune` is what is called.
"""
