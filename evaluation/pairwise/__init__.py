"""Two models' answers to the same prompts, rated in pairs by a third: which is better, how often.

Source: arXiv:2402.10110, section 4. For questions without an answer known to be right.
"""
