"""Time goes by, and what is due is done: as clock and workers would, in this thread."""

from datetime import timedelta

from common import clock
from connections.models import Lane
from oncall.models import EscalationRun, Page


def work_due() -> None:
    """Do everything of paging that is due now, until nothing is."""
    busy = True
    while busy:
        busy = False
        for table in (EscalationRun, Page, Lane):
            for row in table.claim():
                row.work()
                busy = True


def later(minutes: float = 0, seconds: float = 0) -> None:
    """Time goes by in one step, as over an outage: whatever is due then is done."""
    clock.shift(timedelta(minutes=minutes, seconds=seconds))
    work_due()


def minutes_pass(minutes: int) -> None:
    """Time goes by with the clock at work: it looks every ten seconds here."""
    for _ in range(minutes * 6):
        later(seconds=10)
