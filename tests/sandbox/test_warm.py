"""The pool: sandboxes that wait, used once each."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.errors import StartFailed
from sandbox.run import run
from sandbox.started import Sandbox
from sandbox.warm import Pool
from sandbox.wire import MEBIBYTE, Executed, Execution, File
from tests.sandbox.served import lives
from tests.sandbox.world import World, until


def job(program: str) -> Execution:
    return Execution(files=(File(name="main.py", content=program),))


async def full(pool: Pool, size: int) -> None:
    await until(lambda: pool.waiting == size)


async def execute(sandbox: Sandbox, program: str) -> Executed:
    return await run(sandbox, job(program), memory_bytes=1 << 30)


async def test_a_used_sandbox_is_never_used_again(world: World) -> None:
    used = []
    async with Pool(world.recipe, size=2) as pool:
        for _ in range(6):
            async with pool.sandbox() as sandbox:
                used.append((sandbox.process.pid, sandbox.init))
                await execute(sandbox, "print(1)")
    assert len(set(used)) == 6


async def test_a_sandbox_that_was_lent_and_not_used_is_not_lent_again(world: World) -> None:
    async with Pool(world.recipe, size=1) as pool:
        await full(pool, 1)
        async with pool.sandbox() as first:
            pass
        await full(pool, 1)
        async with pool.sandbox() as second:
            assert second.init != first.init


async def test_a_used_one_is_replaced(world: World) -> None:
    async with Pool(world.recipe, size=2) as pool:
        await full(pool, 2)
        async with pool.sandbox():
            assert pool.waiting == 1
        await full(pool, 2)


async def test_more_than_wait_can_be_had(world: World) -> None:
    async with Pool(world.recipe, size=1) as pool, pool.sandbox() as one, pool.sandbox() as two:
        assert (await execute(one, "print(1)")).stdout == "1\n"
        assert (await execute(two, "print(2)")).stdout == "2\n"


async def test_a_sandbox_that_died_waiting_is_not_lent(world: World) -> None:
    async with Pool(world.recipe, size=1) as pool:
        await full(pool, 1)
        async with pool.sandbox() as lent:
            pass
        await full(pool, 1)
        victim = pool._waiting._queue[0]  # type: ignore[attr-defined]
        os.kill(victim.init, signal.SIGKILL)
        await victim.process.wait()
        async with pool.sandbox() as sandbox:
            assert sandbox.init not in (lent.init, victim.init)
            assert (await execute(sandbox, "print(1)")).stdout == "1\n"


async def test_another_size_of_disk_is_had_by_a_sandbox_of_its_own(world: World) -> None:
    async with Pool(world.recipe, size=1) as pool, pool.sandbox(MEBIBYTE) as sandbox:
        executed = await execute(
            sandbox, "import os; s = os.statvfs('.'); print(s.f_blocks * s.f_bsize)"
        )
    assert executed.stdout == f"{MEBIBYTE}\n"


async def test_nothing_is_left_of_a_pool(world: World) -> None:
    async with Pool(world.recipe, size=2) as pool:
        await full(pool, 2)
        inits = [sandbox.init for sandbox in pool._waiting._queue]  # type: ignore[attr-defined]
    assert not any(map(lives, inits))


async def test_a_pool_that_cannot_start_one_says_so(world: World, tmp_path: Path) -> None:
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\necho no namespaces here >&2\nexit 1\n")
    broken.chmod(0o755)
    async with Pool(replace(world.recipe, bubblewrap=broken), size=1) as pool:
        with pytest.raises(StartFailed):
            async with pool.sandbox():
                pass
