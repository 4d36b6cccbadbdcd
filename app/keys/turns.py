"""What every search passes: its caller's limits, the queue, and the bill at the end."""

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field

from app.callers import Caller
from app.metrics import Metrics
from app.service import Service
from engines.usage import Usage
from search.events import Compared, Event, Generated, Judged


@dataclass(slots=True)
class Bill:
    """What a search has spent so far: one that is given up is paid for, too."""

    usage: Usage = field(default_factory=Usage)

    def hear(self, event: Event) -> None:
        """Take note of what a call has cost."""
        match event:
            case Generated():
                self.usage += event.generation.usage
            case Judged():
                self.usage += event.judgement.usage
            case Compared():
                self.usage += event.comparison.usage
            case _:
                pass


@asynccontextmanager
async def turn(
    caller: Caller, units: int, service: Service, metrics: Metrics, *, counted: bool = True
) -> AsyncIterator[Bill]:
    """Wait for a search's turn; charge its caller for what is on the bill when it is over.

    Args:
        caller: whose search it is.
        units: samples it draws at once.
        service: whose turns are taken.
        metrics: where it is counted how long it waits.
        counted: whether it is among the caller's requests already; else it is from now on.

    Raises:
        Later: the caller asks for too much, or too many wait.
        QuotaSpent: the caller may spend nothing more today.
        StoreError: the database failed.
    """
    gate, bill, weight = service.gate, Bill(), caller.limits.weight

    def pay() -> None:
        gate.charge(caller, bill.usage)

    with ExitStack() as stack:
        with metrics.refusals():
            await gate.check(caller, service.store)
            stack.enter_context(gate.one_more(caller))
            if not counted:
                gate.rates.count(caller)
            with metrics.waiting():
                own = await gate.admission.enter(
                    caller.id, weight, units, service.settings.admission
                )
        stack.callback(pay)
        stack.callback(gate.admission.leave, own)
        yield bill
