"""What stops labelling, besides files.

One that cannot be read is an `ExampleError` of `training.examples`, and one that cannot be written
an `OutputRefused` of `training.writing`.
"""


class UnfitScorer(Exception):
    """The scorer named `scorer` cannot give such labels."""

    def __init__(self, scorer: str, what: str) -> None:
        super().__init__(f"scorer {scorer} {what}")
        self.scorer = scorer
