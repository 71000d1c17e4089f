"""After a restore: what was in hand waits for a person's word; what comes new does not."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db.models import F

from accounts.models import AuditEntry, User
from common import clock
from common.pending import Pending, pending_tables
from common.work import work_off
from connections.holding import HELD_UNTIL, anything_held, hold, release
from connections.models import Connection, Delivery, Lane, Received
from connections.operations import retry_delivery
from incidents.models import Reminder
from incidents.operations import talk
from incidents.operations.people import join
from integrations.fakechat.models import FakeMessage
from tests.factories import make_connection, make_incident, make_received

pytestmark = pytest.mark.django_db


@pytest.fixture
def chat(db: None) -> Connection:
    return make_connection("fakechat")


def work_everything_off() -> None:
    for _ in range(4):
        for table in pending_tables():
            work_off(table._meta.label_lower)


def lines_there() -> list[str]:
    return list(FakeMessage.objects.filter(marker__startswith="event:").values_list("text", flat=True))


def test_what_was_in_hand_waits(chat: Connection, actor_ada: object, ada: User) -> None:
    incident = make_incident(by=ada, severity=1)
    work_everything_off()
    talk.say(number=incident.pk, text="an hour ago", by=actor_ada)  # type: ignore[arg-type]
    make_received(chat)

    held = hold()
    work_everything_off()

    assert lines_there() == []
    assert {"lanes", "received", "reminders"} <= set(held)
    assert Received.objects.get().outcome == ""
    assert anything_held()


def test_no_table_of_the_core_is_forgotten(chat: Connection, ada: User) -> None:
    make_incident(by=ada)
    make_received(chat)
    hold()

    later = clock.now() + timedelta(days=3650)
    for table in pending_tables():
        if table.standing is None:
            assert not table.due(later).exists(), table


def test_new_lines_in_an_old_channel_wait_behind_the_old_ones(chat: Connection, actor_ada: object, ada: User) -> None:
    incident = make_incident(by=ada)
    work_everything_off()
    talk.say(number=incident.pk, text="before", by=actor_ada)  # type: ignore[arg-type]
    hold()
    talk.say(number=incident.pk, text="after", by=actor_ada)  # type: ignore[arg-type]
    work_everything_off()
    waiting = lines_there()

    release()
    work_everything_off()

    assert waiting == []
    assert lines_there() == ["before", "after"]


def test_a_retry_of_one_delivery_does_not_go_round_it(chat: Connection, actor_ada: object, ada: User) -> None:
    incident = make_incident(by=ada)
    work_everything_off()
    talk.say(number=incident.pk, text="before", by=actor_ada)  # type: ignore[arg-type]
    hold()

    retry_delivery(Delivery.objects.get(thing_kind="event", wanted__gt=F("shown")))
    work_everything_off()

    assert lines_there() == []


def test_a_new_incident_has_its_room_at_once(chat: Connection, ada: User, bo: User, actor_bo: object) -> None:
    make_incident(by=ada)
    hold()

    fresh = make_incident("Search is slow", by=bo)
    talk.say(number=fresh.pk, text="on it", by=actor_bo)  # type: ignore[arg-type]
    work_everything_off()

    assert fresh.rooms.get().outside_id
    assert lines_there() == ["on it"]


def test_release_sends_each_thing_once(chat: Connection, actor_ada: object, ada: User) -> None:
    incident = make_incident(by=ada)
    work_everything_off()
    talk.say(number=incident.pk, text="once", by=actor_ada)  # type: ignore[arg-type]
    hold()

    released = release()
    work_everything_off()
    again = release()

    assert lines_there() == ["once"]
    assert released["lanes"] >= 1
    assert again == {}
    assert not anything_held()
    assert AuditEntry.objects.filter(action="backup.released").count() == 1


def test_release_does_not_make_old_reminders_speak(chat: Connection, ada: User) -> None:
    incident = make_incident(by=ada)
    due = dict(Reminder.objects.filter(due_at__isnull=False).values_list("kind", "due_at"))
    hold()

    release()
    work_everything_off()

    assert not incident.events.filter(kind="reminder").exists()
    assert dict(Reminder.objects.filter(due_at__isnull=False).values_list("kind", "due_at")) == due


def test_dead_letters_stay_dead(chat: Connection) -> None:
    make_received(chat, state=Pending.DEAD, last_error="broken")

    hold()
    release()

    assert Received.objects.get().last_error == "broken"
    assert Received.objects.get().state == Pending.DEAD


def test_the_audit_is_sealed_meanwhile(ada: User) -> None:
    hold()
    make_incident(by=ada)

    work_off("accounts.sealer")

    assert not AuditEntry.objects.filter(link__isnull=True).exists()
    assert not Lane.objects.filter(next_at=HELD_UNTIL).exists()


def test_people_join_an_old_room_at_once(chat: Connection, ada: User, bo: User, actor_bo: object) -> None:
    incident = make_incident(by=ada)
    work_everything_off()
    hold()

    join(number=incident.pk, by=actor_bo)  # type: ignore[arg-type]

    assert incident.rooms.get().steps.get(name="invite").due_at < HELD_UNTIL


def test_doctor_has_nothing_against_it(chat: Connection, ada: User, actor_ada: object) -> None:
    incident = make_incident(by=ada)
    work_everything_off()
    talk.say(number=incident.pk, text="before", by=actor_ada)  # type: ignore[arg-type]

    hold()

    call_command("doctor")
