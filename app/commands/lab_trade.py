"""How `fathom lab exchange` tells a person what it found: a table by bin and ratio."""

from collections.abc import Iterator, Mapping
from typing import Any

_NAMES = ("small", "large", "verifier")


def trade_lines(said: Mapping[str, Any]) -> Iterator[str]:
    """Say what the exchange allowed, what that took, and who won where."""
    parameters, tokens = said["parameters"], said["tokens"]
    for name in _NAMES:
        taken = f", {tokens[name]:.1f} tokens an answer" if name in tokens else ""
        yield f"{name:10} {parameters[name]:,} parameters{taken}"
    yield f"M          {said['parameters_ratio']:.2f}"
    for terms in said["terms"]:
        yield _terms(terms)
    yield f"{'bins':9} {'bin':>3} {'n':>4} {'alone':>6} {'large':>6} {'R':>5} {'N':>4}  vote"
    numbers = {terms["ratio"]: terms["n"] for terms in said["terms"]}
    for one in said["bins"]:
        head = f"{one['by']:9} {one['bin'] or 'all':>3} {one['problems']:>4}"
        alone = f"{one['pass_at_1']:6.3f} {one['large']:6.3f}"
        yield from (f"{head} {alone} {_duel(duel, numbers)}" for duel in one["duels"])
    for name in ("problems", "samples", "seed"):
        yield f"{name:10} {said[name]}"


def _terms(terms: Mapping[str, Any]) -> str:
    capped = ", capped by the samples" if terms["capped"] else ""
    spent, matched = terms["spent_flops"], terms["matched_flops"]
    verifier = f"{terms['verifier_flops'] / spent:.0f} x"
    return (
        f"R {terms['ratio']:<8g} {terms['allowed']:.1f} x, N = {terms['n']}{capped}: "
        f"{spent:.3g} of {matched:.3g} FLOPs a problem; the verifier's, not counted, {verifier}"
    )


def _duel(duel: Mapping[str, Any], numbers: Mapping[float, int]) -> str:
    d = duel["difference"]
    gain = f"{d['value']:+.3f} [{d['low']:+.3f}, {d['high']:+.3f}]"
    row = f"{duel['ratio']:>5g} {numbers[duel['ratio']]:>4}  {duel['arm']:8} {duel['small']:.3f}"
    return f"{row}  {gain} {duel['winner']}"
