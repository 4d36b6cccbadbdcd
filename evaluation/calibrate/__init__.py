"""From a user's own questions to a policy: sample once, replay many; arXiv:2408.03314, 3.2."""
