"""kill -9 of web, worker and clock at random moments, under load. The dice's seed repeats a run."""

import os
import random
import threading
import time
from collections.abc import Callable

import pytest

from tests.pagerduty.events import body
from tests.pagerduty.sender import Sender
from tests.processes import table
from tests.processes.conftest import MakeStack
from tests.processes.harness import EMBEDDED, HOOK_SECRET, PRODUCTION, Stack, wait_until
from tests.processes.stories import InBackground, settle

SWEEP = os.environ.get("WARROOM_SWEEP") == "1"
SECONDS = 180.0 if SWEEP else 20.0
SEED = int(os.environ.get("WARROOM_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
SENDERS = 4
#: seconds between two webhooks of one sender: what is tried here is dying, not how much goes through
_BETWEEN = 0.05
STORY = ("incident.triggered", "incident.acknowledged", "incident.annotated", "incident.resolved")


@pytest.mark.parametrize("mode", [EMBEDDED, PRODUCTION])
def test_kills_at_random_lose_and_double_nothing(
    mode: str, make_stack: MakeStack, record_property: Callable[[str, object], None]
) -> None:
    print(f"WARROOM_SEED={SEED} repeats the dice")
    table.note(record_property, "random kills", mode)
    stack = make_stack(mode)
    stack.start()
    sender = Sender(lambda: stack.url, HOOK_SECRET, pause=0.2, patience=120)
    stop = threading.Event()

    loads = [InBackground(lambda n=n: _load(sender, n, stop)) for n in range(SENDERS)]  # type: ignore[misc]
    kills = _kill_now_and_then(stack, random.Random(SEED))
    stop.set()
    for load in loads:
        load.done()

    settle(stack, 60, with_rooms=False)
    _agrees_with_the_sender(stack, sender)
    assert kills >= 3
    assert stack.doctor() == ""


def _load(sender: Sender, number: int, stop: threading.Event) -> None:
    """One trouble after the other, each with its whole story; some webhooks twice."""
    dice = random.Random(SEED + number)
    round_ = 0
    while not stop.is_set():
        incident = f"Q{number}x{round_}"
        for after, kind in enumerate(STORY):
            id_ = f"01E{incident}{after}"
            more = {"text": f"note of {incident}"} if kind == "incident.annotated" else {"key": f"key-{incident}"}
            raw = body(kind, incident=incident, id_=id_, after=after, **more)
            for _ in range(dice.choice([1, 1, 2])):
                assert sender.send(raw, f"hook-{id_}").is_taken
                stop.wait(_BETWEEN)
        round_ += 1


def _kill_now_and_then(stack: Stack, dice: random.Random) -> int:
    """Kill one process after the other and start it again at once; returns how many."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        moment = time.monotonic() + dice.uniform(0.5, 4.0)
        wait_until(lambda moment=moment: time.monotonic() >= moment, 10, "the moment to kill")  # type: ignore[misc]
        stack.kill(dice.choice(stack.names))
        stack.revive()
    return stack.killed


def _agrees_with_the_sender(stack: Stack, sender: Sender) -> None:
    """Every webhook that got a 2xx is one row with an outcome; every trouble is one resolved incident."""
    ids = {sent.webhook_id for sent in sender.journal}
    assert {sent.webhook_id for sent in sender.taken} == ids
    rows = stack.rows("SELECT outside_id, state, outcome FROM connections_received")
    assert sorted(rows) == sorted((f"pagerduty|{id_}", "done", "done") for id_ in ids)
    troubles = {id_.removeprefix("hook-01E")[:-1] for id_ in ids}
    wanted = len(troubles)
    assert stack.count("SELECT count(*) FROM alerts_alert") == wanted * len(STORY)
    assert stack.count("SELECT count(*) FROM alerts_alertgroup") == wanted
    statuses = [status for (status,) in stack.rows("SELECT status FROM incidents_incident")]
    assert statuses == ["resolved"] * wanted
    lines = "SELECT count(*) FROM incidents_timelineevent WHERE kind IN ('alert', 'alert.note') GROUP BY incident_id"
    assert [count for (count,) in stack.rows(lines)] == [len(STORY)] * wanted
