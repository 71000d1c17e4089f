"""A place that can be sent to: remembers what it was shown, and misbehaves where asked to."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from common import clock
from connections.lanes import Sent
from connections.models import Connection, Delivery, Lane
from connections.operations import want
from tests.factories import make_connection

KIND = "chat"


class Place:
    """A sender for lanes of a kind; `faults` are raised by the next sends, one each."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, int]] = []
        self.looked: list[str] = []
        self.faults: list[Exception | None] = []
        self.broken: set[int] = set()
        self.during: Callable[[Delivery], None] = lambda delivery: None
        self.rest = timedelta()

    def companions(self, delivery: Delivery, *, look_first: bool) -> Sequence[Delivery]:
        return []

    def send(self, delivery: Delivery, companions: Sequence[Delivery], *, look_first: bool) -> Sent:
        name = f"{delivery.thing_kind}:{delivery.thing_id}"
        if look_first:
            self.looked.append(name)
        if delivery.thing_id in self.broken:
            raise RuntimeError("poison")
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None:
            raise fault
        self.during(delivery)
        self.shown.append((name, delivery.wanted))
        return Sent(ref=f"ref-{delivery.thing_id}")

    def pace(self, lane: Lane) -> timedelta:
        return self.rest

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.shown]


def make_lane(*, key: str = "channel:C1", is_open: bool = True, connection: Connection | None = None) -> Lane:
    """An idle lane."""
    return Lane.objects.create(
        connection=connection or make_connection("fakechat"), kind=KIND, key=key, address=key, is_open=is_open
    )


def want_thing(lane: Lane, thing: int, **fields: int) -> None:
    """Ask for a thing to be shown in the lane."""
    want([lane.pk], thing_kind="event", thing_id=thing, **fields)


def run_due() -> int:
    """Work off the lanes that are due now; returns how many there were."""
    count = 0
    while lanes := Lane.claim():
        for lane in lanes:
            lane.work()
            count += 1
    return count


def later(seconds: float) -> None:
    """Time goes by."""
    clock.shift(timedelta(seconds=seconds))
