"""The queue: which job is next, who holds it, and how it ends. Knows rows, not what jobs do.

Every function works in a transaction of its caller's. A job that is held is changed by its holder
alone (`held`), so that it ends once even where two processes came to do it.

Owners take turns by start-time fair queueing (Goyal, Vin and Cheng 1996): a new job's `turn` is one
more than that of its owner's last queued one, or the turn that is served now if that is later. So
the next job is found by an index, however many there are.
"""

from collections.abc import Collection, Sequence
from itertools import groupby

from sqlalchemy import Select, delete, func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from app.store.errors import JobNotFound, LeaseLost
from app.store.jobs_table import UNENDED, Job, State
from app.store.tables import Plain

_CLAIMS = 7_232_848
"""Of Postgres's advisory locks, the one held while owners' running jobs are counted."""
_FIELDS = [field.key for field in Job.__mapper__.column_attrs]
_TOGETHER, _FORGOTTEN = 50, 500
"""Jobs that one transaction ends, or deletes, so that others need not wait long for it."""


async def put(session: AsyncSession, jobs: Sequence[Job]) -> None:
    """Queue jobs, in this order; one of an id that is there already is left as it is."""
    if not jobs:
        return
    for (priority, owner), queue in groupby(sorted(jobs, key=_queue), key=_queue):
        first = await _next_turn(session, priority, owner)
        for turn, job in enumerate(queue, first):
            job.turn = turn
    rows = [{name: getattr(job, name) for name in _FIELDS} for job in jobs]
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(postgresql.insert(Job).on_conflict_do_nothing(), rows)
    else:
        await session.execute(sqlite.insert(Job).on_conflict_do_nothing(), rows)


async def claim(
    session: AsyncSession,
    kinds: Collection[str],
    now: float,
    *,
    holder: str,
    lease_until: float,
    per_owner: int | None = None,
    besides: Collection[str] = (),
) -> Job | None:
    """Take the next job of these kinds, or none if none is due.

    Args:
        session: the transaction.
        kinds: what the holder can do.
        now: in seconds since 1970.
        holder: a name that was never used before.
        lease_until: until when others leave the job to the holder.
        per_owner: how many may run at once for one owner; `None` for any number.
        besides: owners whose jobs are passed over.
    """
    wanted = _queued(kinds, now).order_by(Job.priority, Job.turn, Job.created).limit(1)
    if besides:
        wanted = wanted.where(Job.owner.not_in(besides))
    if per_owner is not None:
        if session.get_bind().dialect.name == "postgresql":
            # Two replicas that count at the same time would begin one more than there may be.
            await session.execute(text(f"SELECT pg_advisory_xact_lock({_CLAIMS})"))
        running = select(Job.owner).where(Job.state == "running").group_by(Job.owner)
        wanted = wanted.where(Job.owner.not_in(running.having(func.count() >= per_owner)))
    job = await session.scalar(wanted.with_for_update(skip_locked=True))
    if job is None:
        return None
    job.state, job.started, job.attempts = "running", now, job.attempts + 1
    job.holder, job.lease_until = holder, lease_until
    return job


async def held(session: AsyncSession, job: str, holder: str) -> Job:
    """Return a job, locked, to its holder.

    Raises:
        LeaseLost: it is held by somebody else, or by nobody.
    """
    found = await session.get(Job, job, with_for_update=True)
    if found is None or found.state != "running" or found.holder != holder:
        raise LeaseLost(job)
    return found


async def locked(session: AsyncSession, job: str) -> Job:
    """Return a job that nobody else can change meanwhile.

    Raises:
        JobNotFound: there is none of this id.
    """
    found = await session.get(Job, job, with_for_update=True)
    if found is None:
        raise JobNotFound(job)
    return found


async def found(session: AsyncSession, job: str) -> Job:
    """Return a job as it is now.

    Raises:
        JobNotFound: there is none of this id.
    """
    known = await session.get(Job, job)
    if known is None:
        raise JobNotFound(job)
    return known


def end(
    job: Job, state: State, now: float, *, result: Plain | None = None, error: Plain | None = None
) -> None:
    """End a job, in one of the states of jobs that have ended."""
    job.state, job.ended, job.result, job.error = state, now, result, error
    job.holder = job.lease_until = None


def put_back(job: Job, not_before: float) -> None:
    """Queue a job that was begun, to be begun anew."""
    job.state, job.not_before = "queued", not_before
    job.holder = job.lease_until = None


def park(job: Job) -> None:
    """Queue a job that its holder has to leave; that it was begun does not count."""
    put_back(job, 0.0)
    job.attempts -= 1
    job.parked += 1


def put_off(job: Job, not_before: float) -> None:
    """Queue a job that was claimed, and could not begin; that does not count."""
    put_back(job, not_before)
    job.attempts -= 1


async def abandoned(session: AsyncSession, kinds: Collection[str], now: float) -> Sequence[Job]:
    """Return jobs of these kinds, locked, whose holders have let their leases pass."""
    wanted = select(Job).where(Job.state == "running", Job.lease_until < now)
    return await _few(session, wanted.where(Job.kind.in_(kinds)))


async def overdue(session: AsyncSession, kinds: Collection[str], now: float) -> Sequence[Job]:
    """Return queued jobs of these kinds, locked, that it is too late to begin."""
    wanted = select(Job).where(Job.state == "queued", Job.expires <= now)
    return await _few(session, wanted.where(Job.kind.in_(kinds)))


async def cancel_group(session: AsyncSession, group: str, now: float) -> int:
    """End the queued jobs of a group, ask for those that run; return how many were ended."""
    asked = update(Job).where(Job.group == group, Job.state == "running").values(cancelling=True)
    await session.execute(asked)
    queued = update(Job).where(Job.group == group, Job.state == "queued")
    ended = await session.execute(queued.values(state="cancelled", ended=now))
    return ended.rowcount  # type: ignore[attr-defined,no-any-return]


async def unended(session: AsyncSession, group: str) -> int:
    """Return how many jobs of a group have not ended."""
    wanted = select(func.count()).where(Job.group == group, Job.state.in_(UNENDED))
    return await session.scalar(wanted) or 0


async def members(session: AsyncSession, group: str, after: int, limit: int) -> Sequence[Job]:
    """Return the next jobs of a group after a place, in their order."""
    wanted = select(Job).where(Job.group == group, Job.place > after)
    return (await session.scalars(wanted.order_by(Job.place).limit(limit))).all()


async def counts(session: AsyncSession) -> dict[State, int]:
    """Return how many jobs are in each of the states that they do not stay in."""
    wanted = select(Job.state, func.count()).where(Job.state.in_(UNENDED)).group_by(Job.state)
    known: dict[State, int] = dict.fromkeys(UNENDED, 0)
    return known | {row[0]: row[1] for row in await session.execute(wanted)}


async def forget(session: AsyncSession, before: float) -> int:
    """Delete some of the jobs that ended before a time; return how many."""
    old = select(Job.id).where(Job.ended < before).limit(_FORGOTTEN)
    return (await session.execute(delete(Job).where(Job.id.in_(old)))).rowcount  # type: ignore[attr-defined,no-any-return]


def _queue(job: Job) -> tuple[int, str]:
    return job.priority, job.owner


def _queued(kinds: Collection[str], now: float) -> Select[Job]:
    return select(Job).where(
        Job.state == "queued", Job.kind.in_(kinds), Job.not_before <= now, Job.expires > now
    )


async def _next_turn(session: AsyncSession, priority: int, owner: str) -> int:
    queued = (Job.state == "queued", Job.priority == priority)
    served = await session.scalar(select(func.min(Job.turn)).where(*queued))
    own = await session.scalar(select(func.max(Job.turn)).where(*queued, Job.owner == owner))
    return max(served or 0, 0 if own is None else own + 1)


async def _few(session: AsyncSession, wanted: Select[Job]) -> Sequence[Job]:
    limited = wanted.limit(_TOGETHER).with_for_update(skip_locked=True)
    return (await session.scalars(limited)).all()
