"""Settings that were read again, put together with those that a running service cannot change."""

from collections.abc import Callable
from typing import TypeAlias, TypeVar

from pydantic import BaseModel

from app.models import ModelConfig
from app.settings import Settings
from engines.build import EngineConfig

OF_MODELS = frozenset(
    {"default", "policy", "step_end", "max_answer_tokens", "temperature", "pause_tokens"}
)
"""What can be changed of each model while it is served."""
OF_SERVICE = OF_MODELS | {"efforts", "aliases", "admin_key"}
"""What can be changed of the service while it runs, besides prices and what its models have."""
_OF_ENGINES = frozenset({"price"})
_NESTED = frozenset({"engine", "engines", "models"})

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")
Kept: TypeAlias = list[str]
"""The names of settings that differ, and were kept as they are."""


def merge(old: Settings, new: Settings) -> tuple[Settings, Kept]:
    """Return the new settings, but for those that a running service cannot change: these are kept.

    And the names of those kept, as far as they differ.
    """
    merged, kept = _together(old, new, OF_SERVICE | _NESTED)
    engine, of_engine = _engine("engine", old.engine, new.engine)
    engines, of_engines = _each("engines", old.engines, new.engines, _engine)
    models: dict[str, ModelConfig] | None
    if old.models is None or new.models is None:
        models, of_models = old.models, ["models"] if old.models != new.models else []
    else:
        models, of_models = _each("models", old.models, new.models, _model)
    nested = {"engine": engine, "engines": engines, "models": models}
    return merged.model_copy(update=nested), [*kept, *of_engine, *of_engines, *of_models]


def changed(old: Settings, merged: Settings) -> list[str]:
    """Return the names of the settings that are new."""
    return [name for name in Settings.model_fields if getattr(old, name) != getattr(merged, name)]


def _together(old: M, new: M, free: frozenset[str]) -> tuple[M, Kept]:
    """Return the new one with the old one's fields that are not free."""
    kept = [
        name
        for name in type(old).model_fields
        if name not in free and getattr(old, name) != getattr(new, name)
    ]
    return new.model_copy(update={name: getattr(old, name) for name in kept}), kept


def _each(
    place: str,
    old: dict[str, T],
    new: dict[str, T],
    one: Callable[[str, T, T], tuple[T, Kept]],
) -> tuple[dict[str, T], Kept]:
    """Put together what has names. None can come or go."""
    if old.keys() != new.keys():
        return old, [place]
    merged = {name: one(f"{place}.{name}", old[name], new[name]) for name in old}
    return (
        {name: value for name, (value, _) in merged.items()},
        [name for _, kept in merged.values() for name in kept],
    )


def _engine(place: str, old: EngineConfig, new: EngineConfig) -> tuple[EngineConfig, Kept]:
    if old.kind != new.kind:
        return old, [place]
    merged, kept = _together(old, new, _OF_ENGINES)
    return merged, [f"{place}.{name}" for name in kept]


def _model(place: str, old: ModelConfig, new: ModelConfig) -> tuple[ModelConfig, Kept]:
    merged, kept = _together(old, new, OF_MODELS | {"engine"})
    engine, of_engine = old.engine, list[str]()
    if isinstance(old.engine, str) or isinstance(new.engine, str):
        of_engine = [f"{place}.engine"] if old.engine != new.engine else []
    else:
        engine, of_engine = _engine(f"{place}.engine", old.engine, new.engine)
    named = [f"{place}.{name}" for name in kept]
    return merged.model_copy(update={"engine": engine}), [*named, *of_engine]
