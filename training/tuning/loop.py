"""What is done in the steps of tuning a language model. Needs torch.

A step learns from so many samples. Its loss is the mean over all their targets, as if they were
computed together: of long responses more is learnt than of short ones.
"""

from functools import lru_cache

from transformers import PreTrainedModel

from training.tuning.batches import by_number
from training.tuning.checkpoint import Checkpoint, State
from training.tuning.loss import learn, mean_loss
from training.tuning.progress import Progress, Told
from training.tuning.report import Counts, HeldOut
from training.tuning.rows import Rows, with_targets
from training.tuning.settings import TuneConfig
from training.tuning.steps import Course, Steps


class Loop:
    """Trains a model, and measures it on those held out before and after.

    Args:
        model: is changed.
        rows: to learn from, at least one of them with a target; and to measure on.
        settings: how.
        checkpoint: where the way so far is kept, and found again.
        told: hears of every step.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        rows: Rows,
        settings: TuneConfig,
        checkpoint: Checkpoint,
        told: Told,
    ) -> None:
        self._model, self._rows, self._settings, self._told = model, rows, settings, told
        self._trained = with_targets(rows.trained)
        self._checked = with_targets(rows.held_out)
        self._epoch = lru_cache(maxsize=1)(self._drawn)
        self._learnt = lru_cache(maxsize=1)(lambda number: with_targets(rows.of_pass(number)))
        self._per_epoch = len(self._epoch(0))
        course = Course(self._per_epoch * settings.epochs, settings)
        self._steps = Steps(model, course, checkpoint, told)

    def run(self) -> None:
        """Go on to the end."""
        self._steps.begin()
        if self.state.step == 0:
            self._check()
        while self._steps.left:
            self._steps.take(self._learn)
            self._steps.close()
        # What comes behind, measuring and writing, may be stopped too.
        self._steps.save()
        self._check()

    @property
    def state(self) -> State:
        """Where the training stands."""
        return self._steps.state

    @property
    def held_out(self) -> HeldOut | None:
        """The held-out loss, once it is at its end; `None` if nothing is held out."""
        losses = [loss for _, loss in self.state.checks]
        return HeldOut(*losses) if losses else None

    @property
    def counts(self) -> Counts:
        """What it learns from."""
        return Counts(
            trained=len(self._trained),
            held_out=len(self._checked),
            too_long=self._rows.too_long,
            tokens=sum(len(row.ids) for row in self._trained),
            targets=sum(sum(row.targets) for row in self._trained),
            weights=sum(weight.numel() for weight in self._steps.weights().values()),
        )

    def _learn(self) -> float:
        done, place = divmod(self.state.step, self._per_epoch)
        rows = self._learnt(done)
        chosen = [rows[i] for i in self._epoch(done)[place]]
        return learn(self._model, chosen, self._settings.micro_tokens)

    def _check(self) -> None:
        if not self._checked:
            return
        self._told(Progress("measuring", 0, len(self._checked)))
        found = mean_loss(self._model, self._checked, self._settings.micro_tokens)
        self.state.checks.append((self.state.step, found))

    def _drawn(self, number: int) -> list[list[int]]:
        seed = f"{self._settings.seed}.{number}"
        return by_number(len(self._trained), self._settings.batch, seed)
