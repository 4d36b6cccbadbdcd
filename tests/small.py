"""Every strategy, set so small that a small model on two cores answers within seconds."""

_STEPS = {"step_end": "\n", "max_step_tokens": 40}
SMALL = {
    "sample": {"kind": "sample"},
    "budget_forcing": {"kind": "budget_forcing", "max_thinking_tokens": 40, "answer_tokens": 20},
    "certainty_probe": {"kind": "certainty_probe", "chunk": 16},
    "majority": {"kind": "majority", "n": 8},
    "adaptive_consistency": {"kind": "adaptive_consistency", "n": 8, "batch": 2},
    "early_stopping_consistency": {"kind": "early_stopping_consistency", "n": 8, "window": 3},
    "best_of_n": {"kind": "best_of_n", "n": 4},
    "weighted_best_of_n": {"kind": "weighted_best_of_n", "n": 8},
    "self_certainty": {"kind": "self_certainty", "n": 4},
    "beam_search": {"kind": "beam_search", "n": 4, "width": 2, "rounds": 4, "step_end": "\n"},
    "revisions": {"kind": "revisions", "chains": 2, "length": 2},
    "lookahead": _STEPS | {"kind": "lookahead", "n": 4, "width": 2, "rounds": 3},
    "dvts": _STEPS | {"kind": "dvts", "n": 4, "width": 2, "rounds": 4},
    "rebase": _STEPS | {"kind": "rebase", "n": 4, "depth": 4},
    "particle_filter": _STEPS | {"kind": "particle_filter", "n": 4, "rounds": 4},
    "particle_gibbs": _STEPS | {"kind": "particle_gibbs", "n": 4, "iterations": 2, "rounds": 4},
    "entropic_particle_filter": _STEPS | {"kind": "entropic_particle_filter", "n": 4, "rounds": 4},
    "mcts": _STEPS | {"kind": "mcts", "simulations": 2, "leaves": 2, "width": 2, "depth": 2},
    "rstar": _STEPS | {"kind": "rstar", "simulations": 2, "leaves": 2, "width": 2, "depth": 2},
    "ab_mcts": {"kind": "ab_mcts", "n": 4, "batch": 2},
    "self_refine": {"kind": "self_refine", "rounds": 1},
    "tournament": {"kind": "tournament", "n": 4},
    "mixture": {"kind": "mixture", "proposers": 2},
    "ensemble": {"kind": "ensemble", "members": [{"kind": "best_of_n", "n": 2}, "self_refine"]},
}
