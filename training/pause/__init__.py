"""Pause training: a model taught to think over copies of one token before it answers.

Goyal et al., arXiv:2310.02226: the token is `<pause>`, one row of the embedding. While it is
pre-trained, pauses stand at random places of the text; while it is fine-tuned, and when it is
served, M of them follow the prompt. `training.pause.rows` is that, on ids alone.
"""

from engines.pauses import MARK

PAUSE = MARK
"""The token's text, by which a tokenizer is asked for its id, and a served model too."""

RECORDED = "fathom_pause"
"""Where a model's `config.json` says how it was paused: in which `stages`, and with how many
`pauses` it is to be served, if it was fine-tuned."""
