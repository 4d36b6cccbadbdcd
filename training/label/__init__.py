"""Labels for solutions: from people's files, from answers, from a larger verifier, from a person.

A module for each way. All of them read solutions and write examples; see `training.examples`.
"""
