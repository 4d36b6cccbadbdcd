"""How the laboratory's models take a step: Muon for their layers' matrices, AdamW for the rest.

With Muon (github.com/KellerJordan/Muon) the reasoner leaves its first plateau after 40 seconds on
two cores, with AdamW alone after two minutes.
"""

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn

_LARGEST_GRADIENT = 1.0


class Learning:
    """Changes a model's weights step by step, each at its rate times the step's pace.

    Args:
        model: is changed.
        rates: Muon's learning rate of each part's matrices, by the part.
        steps: how many there will be; the pace rises in the first ones, and falls from half time
            on, in a straight line to 2 %.
        warmup: how many are the first ones.
        rest: AdamW's learning rate of everything else.
        decay: the weight decay.
    """

    def __init__(
        self,
        model: nn.Module,
        rates: Mapping[nn.Module, float],
        *,
        steps: int,
        warmup: int,
        rest: float,
        decay: float,
    ) -> None:
        self._model, self._steps, self._warmup, self._done = model, steps, warmup, 0
        groups = [{"params": _matrices(part), "lr": rate} for part, rate in rates.items()]
        known = {id(weight) for part in rates for weight in _matrices(part)}
        others = [weight for weight in model.parameters() if id(weight) not in known]
        self._optimizers: list[torch.optim.Optimizer] = [
            torch.optim.Muon(groups, weight_decay=decay, momentum=0.95),
            torch.optim.AdamW(others, lr=rest, betas=(0.9, 0.98), weight_decay=decay),
        ]
        self._highest = [(group, group["lr"]) for group in self._groups()]

    def step(self, loss: Tensor) -> None:
        """Make the loss a little smaller."""
        for group, rate in self._highest:
            group["lr"] = rate * self._pace
        self._model.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._model.parameters(), _LARGEST_GRADIENT)
        for optimizer in self._optimizers:
            optimizer.step()
        self._done += 1

    @property
    def _pace(self) -> float:
        rising = min(1.0, (self._done + 1) / self._warmup)
        return rising * min(1.0, 0.02 + 0.98 * 2 * (1 - self._done / self._steps))

    def _groups(self) -> Iterable[dict[str, float]]:
        return (group for optimizer in self._optimizers for group in optimizer.param_groups)


def _matrices(part: nn.Module) -> list[Tensor]:
    return [w for name, w in part.named_parameters() if name.endswith("proj.weight")]
