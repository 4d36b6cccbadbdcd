"""Solutions of the model that comes along, SmolLM2-135M: what its default verifier learns from."""
