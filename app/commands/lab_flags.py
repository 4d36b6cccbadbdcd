"""Which flags of `fathom lab` an experiment has, where not all of them have it."""

from collections.abc import Mapping

import typer

_ALONE: Mapping[str, tuple[str, ...]] = {
    "--labelled": ("prm-vs-orm",),
    "--budgets": ("compute-optimal",),
    "--live-up-to": ("compute-optimal",),
    "--probe": ("compute-optimal",),
    "--policy": ("compute-optimal",),
    "--run": ("compute-optimal", "pause", "recycle"),
    "--seeds": ("pause", "recycle"),
}
_WITHOUT: Mapping[str, tuple[str, ...]] = {
    "compute-optimal": ("--models", "--samples", "--install"),
    "pause": ("--problems", "--models", "--samples", "--install"),
    "recycle": ("--samples", "--install"),
}


def check_flags(experiment: str, flags: Mapping[str, object]) -> None:
    """Refuse the flags that an experiment does not have; those that are `None` were not given.

    Raises:
        BadParameter: names one that was given.
    """
    for flag in (flag for flag, value in flags.items() if value is not None):
        owners = _ALONE.get(flag, (experiment,))
        if experiment not in owners:
            has = "alone has it" if len(owners) == 1 else "alone have it"
            told = " and ".join(", ".join(f"`{one}`" for one in owners).rsplit(", ", 1))
            raise typer.BadParameter(f"{told} {has}", param_hint=flag)
        if flag in _WITHOUT.get(experiment, ()):
            raise typer.BadParameter(f"`{experiment}` has none", param_hint=flag)
