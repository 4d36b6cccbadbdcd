"""Students made from instructions and their responses: supervised fine-tuning.

`settings`, `chat` and `samples` know no torch; `train` is what is called.
"""
