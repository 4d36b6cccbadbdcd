"""What a server had accepted is answered once, whenever it is killed: not twice, and not never."""

import os
import signal
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.store import Batch, Job, open_store
from app.store.jobs_table import UNENDED
from tests.app.jobs.killing import a_trial, until
from tests.app.postgres import postgres

ROUNDS = int(os.environ.get("FATHOM_ROUNDS", "20"))
"""How often servers are killed where the marker is asked for."""


async def survive(database: str, rounds: int, servers: int, seed: int) -> None:
    """Kill servers so many times, and see that nothing is lost and nothing double."""
    async with open_store(database, upgrading=True):
        pass
    with a_trial(database, servers, seed) as trial:
        for _ in range(rounds):
            trial.round()
        batches = trial.finish()
        assert trial.accepted
        for name, lines in trial.accepted.items():
            counts = {"total": len(lines), "completed": len(lines), "failed": 0}
            assert batches[name]["request_counts"] == counts
            assert trial.answered(batches[name]) == lines
            assert batches[name]["error_file_id"] is None
    await check_rows(database)


async def check_rows(database: str) -> None:
    """See that every job has ended, and every batch counted each of its lines once."""
    async with open_store(database) as store, store.session() as session:
        assert await session.scalar(select(func.count()).where(Job.state.in_(UNENDED))) == 0
        ended = select(Job.group, func.count()).where(Job.group.is_not(None), Job.state == "done")
        lines = {row[0]: row[1] for row in await session.execute(ended.group_by(Job.group))}
        for batch in await session.scalars(select(Batch)):
            assert (batch.status, batch.waiting) == ("completed", 0)
            assert batch.total == batch.done == lines[batch.id]


@pytest.mark.timeout(300)
async def test_a_server_that_is_killed_three_times_loses_nothing(tmp_path: Path) -> None:
    await survive(str(tmp_path / "a.db"), rounds=3, servers=1, seed=1)


@pytest.mark.timeout(300)
async def test_a_server_that_is_told_to_end_puts_back_what_it_is_doing(tmp_path: Path) -> None:
    database = str(tmp_path / "a.db")
    with a_trial(database, servers=1, seed=1) as trial:
        [server] = trial.servers
        server.start()
        trial.put(server, lines=100)
        until(lambda: trial.calls() > 0, "the models are not called")
        assert server.end(signal.SIGTERM) == 0
    async with open_store(database) as store, store.session() as session:
        jobs = (await session.scalars(select(Job).where(Job.group.is_not(None)))).all()
    assert "queued" in {job.state for job in jobs} <= {"queued", "done"}
    assert any(job.parked for job in jobs)
    assert all(job.lost == 0 for job in jobs)


@pytest.mark.jobs
@pytest.mark.timeout(3000)
async def test_a_server_on_a_file_that_is_killed_again_and_again_loses_nothing(
    tmp_path: Path,
) -> None:
    await survive(str(tmp_path / "a.db"), rounds=ROUNDS, servers=1, seed=2)


@pytest.mark.jobs
@pytest.mark.timeout(3000)
async def test_two_servers_on_postgres_that_are_killed_again_and_again_lose_nothing() -> None:
    with postgres() as database:
        await survive(database, rounds=ROUNDS, servers=2, seed=3)
