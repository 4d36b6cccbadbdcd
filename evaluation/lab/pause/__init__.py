"""Pause tokens on the laboratory's tasks: the four arms of arXiv:2310.02226, trained here.

`tasks` and `plan` say what is learnt and compared, `schooling` and `work` train and measure it,
`found` has the arithmetic of the figures, `pictures` draws them, `experiment` runs it all.
"""
