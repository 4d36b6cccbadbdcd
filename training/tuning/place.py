"""Where a training's model comes to be: its directory, and beside it what is unfinished of it."""

import json
import shutil
from collections.abc import Callable, Set
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, JsonValue

from training.tuning.checkpoint import Checkpoint
from training.tuning.models import Base
from training.tuning.report import RECORD, Origin


@dataclass(frozen=True, slots=True)
class Place:
    """The directory `out` of a model, which is not there before the model is whole."""

    out: Path

    @property
    def _unfinished(self) -> Path:
        return self.out.with_name(f"{self.out.name}.unfinished")

    def checkpoint(self, settings: BaseModel, origin: Origin, *, elsewhere: Set[str]) -> Checkpoint:
        """Return where the way so far is kept, and found by a training alike.

        Args:
            settings: what the training was told.
            origin: what the model is made from.
            elsewhere: settings that the result does not depend on.
        """
        told = settings.model_dump(mode="json", exclude=set(elsewhere))
        setup = {**told, "data": origin.data, "base": origin.base}
        return Checkpoint(self._unfinished / "checkpoint.pt", setup)

    def write(
        self,
        made: Base,
        record: dict[str, JsonValue],
        beside: Callable[[Path], None] = lambda _: None,
    ) -> None:
        """Write a model beside its place, bring it there, and take the checkpoint away.

        Args:
            made: what is written.
            record: what its directory says of how it was made.
            beside: writes what else belongs into the directory.
        """
        directory = self._unfinished / "model"
        if directory.exists():
            shutil.rmtree(directory)
        made.model.save_pretrained(directory)
        made.tokenizer.save_pretrained(directory)
        beside(directory)
        said = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
        (directory / RECORD).write_text(said, encoding="utf-8")
        directory.rename(self.out)
        shutil.rmtree(self._unfinished)
