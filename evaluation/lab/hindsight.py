"""A base for verifiers that sees at each token how little the reasoner expected it. Not trained.

Whether a line is right is known to the reasoner, by what it would have written instead. A head does
not find that in hours, for the prediction of a token is made at the place before it, and only
behind the last layer. So three layers on top of the reasoner are written down, not learnt:

1. looks one token back, for the logits that were told there, and picks that of what was written;
2. adds up the odds of everything else against it, from where the solution begins;
3. looks for the worst of the last twenty or so tokens; training goes on from this one.

Their numbers stand beside the reasoner's in the residual stream, each at its place and in its own
size. One number is always there and larger than all others, so that every norm is a known one.
"""

from collections.abc import Mapping
from math import cos, exp, sin

import torch
from torch import Tensor, nn
from torch.nn.functional import silu
from transformers import LlamaForCausalLM, LlamaForTokenClassification

from evaluation.lab.reasoner import WIDTH
from evaluation.lab.tokens import CHARACTERS, EOS, IDS, NEWLINE, PAD, UNUSED, VOCABULARY, WORDS
from evaluation.lab.wider import norm_of, widened

LAYERS_ADDED = 3

_TOKENS = len(VOCABULARY)
_TOKEN, _LOGIT = WIDTH, WIDTH + _TOKENS
"""From here on by token: whether it is the one here, and its logit as told one token back."""
_WIDE = WIDTH + 2 * _TOKENS
_ALWAYS, OWN, ODDS, _BROKEN, _BEGUN, _INSIDE, WORST = (_TOKEN + IDS[t] for t in (PAD, *UNUSED))
"""Places of tokens that nobody writes: a one that is always there, the logit of the token here, the
odds against it, whether a line has ended (how surely, and as 0 or 1), whether one had before this
token, and the worst odds of late."""
_WRITTEN = (*(IDS[c] for c in CHARACTERS if c not in "=?"), IDS[WORDS[0]])
"""What solutions are written with."""

_TRACE = 0.01
"""A token's mark in the residual stream: so small that the reasoner's own norms do not notice."""
_LARGE = 2000.0
"""The one that is always there; all of the reasoner's numbers together are 200 at the most."""
_NORM = _LARGE / _WIDE**0.5
_FAR = 60.0
"""Further apart than any two logits are."""
_SHARP = 12.0
MOST = 5.0
"""Nats by which another token was preferred; more count as this."""
_ODDS = 30.0
"""Odds that verifiers read as one; those of one other token are e^5 at the most."""
_LATELY, _LONG_AGO, _LONGEST = 24, 80, 320
"""Tokens back: all up to the first count, and none from the second on."""
_KEEN = 0.5
"""Nats of attention that one more of the odds is worth."""


def with_hindsight(reasoner: LlamaForCausalLM, seed: int) -> LlamaForTokenClassification:
    """Return a base that knows what a reasoner knows; its head is drawn by the seed."""
    model = widened(reasoner.model, _WIDE - WIDTH, LAYERS_ADDED, seed)
    recalls, weighs, gathers = model.model.layers[-LAYERS_ADDED:]
    with torch.no_grad():
        model.model.embed_tokens.weight[:, _TOKEN:_LOGIT] = _TRACE * torch.eye(_TOKENS)
        for weight in (*recalls.parameters(), *weighs.parameters()):
            weight.zero_()
        _recall(recalls, reasoner)
        _weigh(weighs)
        _gather(gathers)
        model.model.norm.weight.copy_(_reading(trained=True))
    return model


def _reading(*, trained: bool) -> Tensor:
    """Return (D,) what a norm multiplies by, so that each number is read in its own size.

    What is trained reads all of them as numbers around one.
    """
    sizes = torch.ones(_WIDE)
    sizes[:WIDTH] = 40
    sizes[_TOKEN:_LOGIT] = 20 if trained else _TRACE
    sizes[_LOGIT:] = sizes[OWN] = 20 if trained else 1
    sizes[[_BROKEN, _BEGUN, _INSIDE]] = 1
    sizes[[ODDS, WORST]] = _ODDS
    sizes[_ALWAYS] = _LARGE
    return _NORM / sizes


def _recall(layer: nn.Module, reasoner: LlamaForCausalLM) -> None:
    """Have the logits of one token back, that of this token, and whether a line has ended."""
    reads = norm_of(reasoner.model, _WIDE)
    reads[_TOKEN + NEWLINE] = 10 / _TRACE
    layer.input_layernorm.weight.copy_(reads)
    back, ended = _Head(layer, 0), _Head(layer, 1)
    back.look_back()
    back.value.weight[back.rows, :WIDTH] = reasoner.lm_head.weight
    back.out.weight[_LOGIT:, back.rows] = torch.eye(_TOKENS)
    ended.seek(_TOKEN + NEWLINE, 160)
    ended.carry(_TOKEN + NEWLINE, _BROKEN)
    back.out.bias[_ALWAYS] = _LARGE

    layer.post_attention_layernorm.weight.copy_(_reading(trained=False))
    units = _Units(layer)
    for token in _WRITTEN:
        units.when(_TOKEN + token, 0.5, 20, {_LOGIT + token: 1.0}, OWN)
    for token in set(range(1, IDS[UNUSED[0]])) - set(_WRITTEN):
        units.when(_TOKEN + token, 0.5, 20, {_ALWAYS: -_FAR}, OWN)
    # The reasoner ends a solution where verifiers read the end of a line: the likelier counts.
    end, line, here = _LOGIT + IDS[EOS], _LOGIT + NEWLINE, _TOKEN + NEWLINE
    gate = {end: 4.0, line: -4.0, here: 8 * _FAR, _ALWAYS: -8 * _FAR}
    units.add(gate, {_ALWAYS: 1.0}, OWN, 1 / 4)
    units.when(_BROKEN, 0.35, 60, {_ALWAYS: 1.0}, _BEGUN)


def _weigh(layer: nn.Module) -> None:
    """Have the odds against this token, if it is the solution's: the others' to its probability.

    A sum of exponentials of differences of logits, each a sum of bends of its own.
    """
    layer.input_layernorm.weight.copy_(_reading(trained=False))
    layer.post_attention_layernorm.weight.copy_(_reading(trained=False))
    back = _Head(layer, 0)
    back.look_back()
    back.carry(_BEGUN, _INSIDE)
    units, bends = _Units(layer), _exponential()
    for token in (*_WRITTEN, IDS[EOS]):
        for bend, steep, amount in bends:
            gate = {_LOGIT + token: steep, OWN: -steep, _ALWAYS: -steep * bend}
            units.add(gate, {_INSIDE: 1.0}, ODDS, amount)


def _gather(layer: nn.Module) -> None:
    """Have the worst odds of late, by a head that lets go of what is long ago."""
    layer.input_layernorm.weight.copy_(_reading(trained=True))
    layer.post_attention_layernorm.weight.copy_(_reading(trained=True))
    worst = _Head(layer, 0)
    worst.seek(ODDS, _KEEN * _ODDS)
    worst.let_go(_KEEN * _ODDS * exp(MOST) / _ODDS)
    worst.carry(ODDS, WORST, _ODDS)


class _Head:
    """One head of a layer's attention, to be written down: it attends to nothing yet.

    Its queries and keys are turned by position (arXiv:2104.09864): a pair of numbers with the angle
    `a` a token adds to the attention a cosine of `a` times the distance.
    """

    def __init__(self, layer: nn.Module, number: int) -> None:
        attention = layer.self_attn
        self._query, self._key = attention.q_proj, attention.k_proj
        self.value, self.out = attention.v_proj, attention.o_proj
        self._size = attention.head_dim
        self._theta = attention.config.rope_parameters["rope_theta"]
        self.rows = slice(number * self._size, (number + 1) * self._size)
        for part in (self._query, self._key, self.value):
            part.weight[self.rows] = 0

    def look_back(self) -> None:
        """Attend to the token before, and to no other."""
        turned = [(_SHARP * cos(angle), -_SHARP * sin(angle)) for angle in self._angles]
        self._ask(torch.tensor(turned).T)
        self._key.bias[self.rows][: len(turned)] = _SHARP

    def seek(self, place: int, nats: float) -> None:
        """Attend to where the number at a place, as it is read, is large: so many nats for one."""
        slowest = self.rows.start + self._size // 2 - 1
        each = (nats * self._size**0.5) ** 0.5
        self._query.bias[slowest] = each
        self._key.weight[slowest, place] = each

    def let_go(self, nats: float) -> None:
        """Attend so much less to what is long ago, as far as waves of these lengths can say it."""
        angles = torch.tensor(self._angles[:-1])
        back = torch.arange(_LONGEST)
        wanted = -((back - _LATELY) / (_LONG_AGO - _LATELY)).clamp(0, 1)
        waves = torch.cat([(back[:, None] * angles).cos(), -(back[:, None] * angles).sin()], -1)
        weights = torch.where(back < _LATELY, 4.0, 1.0)
        # Small waves, though they fit worse: large ones would cancel, which float16 cannot.
        fit = torch.linalg.lstsq(
            torch.cat([waves * weights[:, None], torch.eye(waves.shape[1])]),
            torch.cat([wanted * weights, torch.zeros(waves.shape[1])])[:, None],
        )
        heights = fit.solution[:, 0].view(2, -1) * nats * self._size**0.5
        self._ask(heights)
        self._key.bias[self.rows][: len(angles)] = 1

    def carry(self, place: int, to: int, amount: float = 1) -> None:
        """Bring here the number at a place, as it is read where the head attends to."""
        self.value.weight[self.rows.start, place] = 1
        self.out.weight[to, self.rows.start] = amount

    @property
    def _angles(self) -> list[float]:
        return [self._theta ** (-2 * i / self._size) for i in range(self._size // 2)]

    def _ask(self, pairs: Tensor) -> None:
        """Set (2, P) numbers of the query that are the same everywhere, of the fastest P pairs."""
        half = self._size // 2
        own = self._query.bias[self.rows]
        own[: pairs.shape[1]], own[half : half + pairs.shape[1]] = pairs


class _Units:
    """The hidden units of a layer's MLP, written down one after the other; the rest are silent.

    One is `silu(gate) * up` of what is read, and adds an amount of that to a place.
    """

    def __init__(self, layer: nn.Module) -> None:
        self._gate, self._up = layer.mlp.gate_proj.weight, layer.mlp.up_proj.weight
        self._down = layer.mlp.down_proj.weight
        self._next = 0
        for weight in (self._gate, self._up, self._down):
            weight.zero_()

    def add(
        self, gate: Mapping[int, float], up: Mapping[int, float], to: int, amount: float
    ) -> None:
        """Write one unit."""
        for weight, numbers in ((self._gate, gate), (self._up, up)):
            for place, number in numbers.items():
                weight[self._next, place] = number
        self._down[to, self._next] = amount
        self._next += 1

    def when(
        self, place: int, above: float, steep: float, up: Mapping[int, float], to: int
    ) -> None:
        """Write two units that add `up` if the number at a place is above, and else nothing."""
        for bend, sign in ((0, 1), (steep, -1)):
            gate = {place: 2 * steep, _ALWAYS: -2 * steep * above - bend + steep / 2}
            self.add(gate, up, to, sign / steep)


def _exponential() -> list[tuple[float, float, float]]:
    """Return where to bend, how steeply, and how much to add, for the exponential up to `MOST`.

    The sum of `amount * silu(steep * (x - bend))` is within a seventh of it, or of a tenth.
    """
    steep, bends = 2.0, torch.linspace(-MOST, MOST + 1, 16)
    x = torch.linspace(-25, 30, 2000)
    wanted = x.clamp(max=MOST).exp()
    weights = 1 / (wanted[:, None] + 0.1)
    units = silu(steep * (x[:, None] - bends))
    fit = torch.linalg.lstsq((units * weights).double(), (wanted[:, None] * weights).double())
    amounts = fit.solution[:, 0].tolist()
    return [(bend, steep, amount) for bend, amount in zip(bends.tolist(), amounts, strict=True)]
