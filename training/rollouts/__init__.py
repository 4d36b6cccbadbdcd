"""Labels for steps from where they lead: continuations are drawn, and graded by the known answer.

`training.rollouts.label` is one question's work, from the question to its examples, by itself;
`training.rollouts.run` does many, within a budget, into a journal that it can go on from.
"""
