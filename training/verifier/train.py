"""A verifier from labelled solutions: read, hold out, train, measure, write. Needs torch.

All of it can be stopped at any time, and goes on from its last checkpoint to the same result.
"""

from collections.abc import Sequence
from pathlib import Path

from training.examples import Example
from training.tuning.errors import OtherTraining
from training.tuning.models import Base, fingerprint
from training.tuning.place import Place
from training.tuning.progress import Progress, Told
from training.tuning.report import Origin
from training.verifier.config import TrainConfig
from training.verifier.data import Data, Sample, read
from training.verifier.loop import Loop, held_out_loss
from training.verifier.model import verifier
from training.verifier.rate import Rater
from training.verifier.reading import Reader, family_of, scorer_of
from training.verifier.report import (
    Measures,
    Report,
    hash_of,
    measured,
    serving,
)

_ELSEWHERE = {"device", "checkpoint_every"}
"""Settings that the result does not depend on."""


def train(
    config: TrainConfig,
    examples: Sequence[Example],
    base: Base | Path,
    out: Path,
    told: Told = lambda _: None,
    *,
    command: str | None = None,
) -> Report:
    """Train a verifier and write its directory, which transformers and vLLM read.

    A checkpoint is kept beside it, in `<out>.unfinished`, until the directory is there. A training
    that was stopped goes on from it, if all that its result depends on is the same.

    Args:
        config: how.
        examples: labelled solutions.
        base: a directory of a language model, or one in memory, which stays as it is.
        out: the verifier's directory, which must not be there.
        told: hears how far it is.
        command: what to say in the directory that was run.

    Raises:
        TrainError: it cannot be done; says why.
    """
    if out.exists():
        raise OtherTraining(out, "is there already")
    made = verifier(base, config)
    family = family_of(scorer_of(config))
    rater = Rater(made.model, Reader(family.layout, made.tokenize), family)
    data = read(config, examples, rater.reader, _longest(made, config), told)
    origin = Origin(hash_of(examples), fingerprint(made.model.base_model), command)
    place = Place(out)
    checkpoint = place.checkpoint(config, origin, elsewhere=_ELSEWHERE)
    loop = Loop(made.model, data, config, checkpoint, told)
    loop.run()
    report = Report(
        directory=out,
        origin=origin,
        settings=config,
        counts=data.counts,
        steps=loop.state.step,
        planned=loop.total,
        best_step=loop.best_step,
        loss=loop.state.loss or 0.0,
        measures=_measured(config, data, rater, told),
        step_tag=rater.reader.tag,
        serve=serving(out, rater.reader.tag),
        scorer=scorer_of(config),
    )
    place.write(made, report.plain)
    return report


def _longest(made: Base, config: TrainConfig) -> int:
    return min(config.max_tokens, getattr(made.model.config, "max_position_embeddings", 1 << 30))


def _measured(config: TrainConfig, data: Data, rater: Rater, told: Told) -> Measures | None:
    if not data.held_out:
        return None
    loss = held_out_loss(rater.model, [s.item for s in data.held_out], config.batch_tokens)
    rewards = _rewards(data.held_out, rater, told)
    return measured(config, [s.example for s in data.held_out], rewards, loss)


def _rewards(samples: Sequence[Sample], rater: Rater, told: Told) -> list[tuple[float, ...]]:
    done = 0

    def hear(rated: int) -> None:
        nonlocal done
        done += rated
        told(Progress("measuring", done, len(samples)))

    return rater.rate([sample.reading for sample in samples], hear)
