"""The server's own limits, and the lists of system calls: arithmetic, without a sandbox."""

import ctypes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import filter as calls
from sandbox.ceiling import Ceiling
from sandbox.wire import MEBIBYTE, Limits

LIMITS = st.builds(
    Limits,
    seconds=st.floats(0.01, 120),
    memory_bytes=st.integers(32 * MEBIBYTE, 8192 * MEBIBYTE),
    processes=st.integers(1, 256),
)


@given(LIMITS, st.floats(0.1, 200), st.integers(32 * MEBIBYTE, 8192 * MEBIBYTE))
def test_no_limit_is_above_the_servers_nor_above_what_was_asked(
    asked: Limits, seconds: float, memory: int
) -> None:
    given = Ceiling(seconds=seconds, memory_bytes=memory).over(asked)
    assert given.seconds == min(asked.seconds, seconds)
    assert given.memory_bytes == min(asked.memory_bytes, memory)
    assert (
        given.model_copy(update={"seconds": asked.seconds, "memory_bytes": asked.memory_bytes})
        == asked
    )


def test_no_system_call_is_both_allowed_and_refused() -> None:
    refused = [name for names in calls._REFUSED.values() for name in names.split()]
    allowed = calls._ALLOWED.split()
    assert not set(allowed) & set(refused)
    assert len(refused) == len(set(refused))
    assert len(allowed) == len(set(allowed))


@pytest.mark.parametrize("name", ["clone", "clone3", "ioctl", "socketpair", "unshare", "prctl"])
def test_what_depends_on_its_arguments_is_not_allowed_outright(name: str) -> None:
    assert (name in calls._ALLOWED.split()) == (name == "prctl")


def test_a_filter_is_what_the_kernel_can_read() -> None:
    compiled = calls.compile_filter()
    assert len(compiled) % 8 == 0  # struct sock_filter
    assert ctypes.sizeof(ctypes.c_uint64) <= len(compiled) < 4096 * 8  # BPF_MAXINSNS
