"""Streams taken a handful at a time, so that a file of any length fits in memory."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batches(items: Iterable[T], n: int) -> Iterator[list[T]]:
    """Give items in lists of n, the last of which may be shorter."""
    left = iter(items)
    while batch := list(islice(left, n)):
        yield batch
