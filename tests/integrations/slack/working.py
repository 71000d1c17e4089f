"""Working everything off that is due, without processes and without waiting."""

from datetime import timedelta
from typing import Any

from common import clock
from common.pending import pending_tables
from common.work import work_off
from connections.models import Connection, Received
from connections.secrets import seal
from incidents.models import Incident, TimelineEvent
from tests.fakes.slack_server import FakeSlack, Parcel


def receive(connection: Connection, parcel: Parcel, *, copies: int = 1) -> Received:
    """Store a parcel as the door would: repeats of one request are one row."""
    from integrations.slack.manifest import MANIFEST

    door = next(door for door in MANIFEST.doors if door.path == f"slack/{parcel.door}")
    row = None
    for _ in range(copies):
        row, _ = Received.objects.get_or_create(
            connection=connection,
            outside_id=f"{door.path}|{door.outside_id({}, parcel.body)}",
            defaults={
                "door": door.path,
                "sealed_body": seal(parcel.body),
                "size": len(parcel.body),
                "due_at": clock.now(),
            },
        )
    assert row is not None
    return row


def receive_all(connection: Connection, slack: FakeSlack) -> list[Received]:
    """Store everything that has happened in the workspace since."""
    return [receive(connection, parcel) for parcel in slack.outbox.take()]


def work(slack: FakeSlack, *, seconds: float = 0.0) -> None:
    """Work off what is due now, and what becomes due within the next `seconds`, as if they had passed for
    Warroom and for Slack."""
    end = clock.now() + timedelta(seconds=seconds)
    while True:
        tables = pending_tables()
        if sum(work_off(table._meta.label_lower) for table in tables if table.due(clock.now()).exists()):
            continue
        following = [table.due(end).values_list("due_at", flat=True).first() for table in tables]
        coming = [due for due in following if due is not None]
        if not coming:
            return
        step = max(min(coming) - clock.now(), timedelta()) + timedelta(milliseconds=1)
        clock.shift(step)
        slack.shift(step.total_seconds())


def lines(incident: Incident) -> list[TimelineEvent]:
    """What people said, in the order of the timeline."""
    return list(incident.events.filter(kind="message").order_by("shown_at", "id"))


def texts(incident: Incident) -> list[str]:
    """How it reads now, without what was deleted."""
    return [line.shown_text for line in lines(incident) if line.deleted_at is None]


def self_answer(slack: FakeSlack) -> dict[str, Any]:
    """What auth.test says of our app."""
    world = slack.world
    return {"team_id": world.team_id, "user_id": world.bot.id, "bot_id": world.bot_id, "team": "", "scopes": []}
