"""The laboratory: a tiny reasoner and its verifiers, so that claims are measured on real models.

Its task's every step can be checked exactly (`task`); its models train in minutes on two cores.
"""
