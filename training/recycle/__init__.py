"""Data made better by reflection, and chosen by who learns from it (arXiv:2402.10110)."""
