"""A policy's file: YAML, for people to read, compare and mend."""

from pathlib import Path

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from search.errors import PolicyMalformed, PolicyMissing, PolicyOutdated, PolicyUnknowing
from search.policy.policy import VERSION, Policy

_WIDTH = 100


def read(path: Path) -> Policy:
    """Read a policy.

    Raises:
        PolicyMissing: there is no such file, or it cannot be read.
        PolicyOutdated: it is of another version.
        PolicyUnknowing: it names a strategy that is not installed.
        PolicyMalformed: it is no policy.
    """
    plain = _loaded(path)
    if not isinstance(plain, dict):
        raise PolicyMalformed(f"{path} is no policy: it is no mapping", "")
    version = plain.get("version")
    if version not in range(1, VERSION + 1):
        raise PolicyOutdated(
            f"{path} is a policy of version {version}; this is version {VERSION}: fit it anew",
            version,
        )
    try:
        return Policy.model_validate(plain)
    except ValidationError as error:
        raise _malformed(path, error.errors()[0]) from error


def write(policy: Policy, path: Path) -> None:
    """Write a policy, over what is there.

    Raises:
        PolicyMissing: it cannot be written.
    """
    bins = {number: row.model_dump(mode="json") for number, row in sorted(policy.bins.items())}
    # JSON would have the numbers of the bins as text.
    plain = policy.model_dump(mode="json") | {"bins": bins}
    text = yaml.safe_dump(plain, sort_keys=False, default_flow_style=None, width=_WIDTH)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise PolicyMissing(f"{path} cannot be written: {error.strerror}") from error


def _loaded(path: Path) -> object:
    try:
        text = path.read_bytes()
    except OSError as error:
        raise PolicyMissing(f"{path} cannot be read: {error.strerror}") from error
    try:
        return yaml.safe_load(text)
    # A number of too many digits and a date that is none are no YAMLErrors.
    except (yaml.YAMLError, ValueError) as error:
        line = _line(error)
        raise PolicyMalformed(f"{path} is no policy: it is no YAML{line}", line) from error


def _line(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    return "" if mark is None else f" at line {mark.line + 1}"


def _malformed(path: Path, first: ErrorDetails) -> PolicyMalformed:
    where = ".".join(map(str, first["loc"]))
    what = first["msg"].removeprefix("Value error, ")
    if first["type"] == "union_tag_invalid":
        tag = first["ctx"]["tag"]
        message = f"{path} names a strategy that is not there: {where}: {tag}"
        return PolicyUnknowing(message, where)
    return PolicyMalformed(f"{path} is no policy: {f'{where}: {what}' if where else what}", where)
