"""The doctor finds what somebody with the database's password did to a timeline."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts import audit
from accounts.actors import SYSTEM, Actor
from accounts.models import AuditEntry, User
from common import clock
from config.demo.organisation import remove_demo, seed_demo
from config.doctor import examine
from incidents.models import Incident, TimelineEvent
from incidents.models.event import content_digest
from incidents.operations import corrections, lifecycle, talk
from tests.factories import make_incident

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("the_clock_ran")]

LATER = timedelta(minutes=5)


@pytest.fixture
def lived_in(bo: User, actor_bo: Actor) -> Incident:
    """An incident in which everything that later changes a line has happened."""
    incident = make_incident(by=bo, severity=2)
    number = incident.pk
    line = talk.say(number=number, text="The pool is full", by=actor_bo)
    talk.say(number=number, text="I see it too", by=actor_bo, thread_of=line.sequence)
    talk.edit_line(number=number, sequence=line.sequence, text="The pool was full", by=actor_bo)
    talk.react(number=number, sequence=line.sequence, emoji="👍", by=actor_bo)
    talk.pin(number=number, sequence=line.sequence, by=actor_bo)
    corrections.correct_time(number=number, sequence=line.sequence, at=clock.now() - LATER, by=actor_bo)
    corrections.hide(number=number, sequence=line.sequence, by=actor_bo)
    gone = talk.say(number=number, text="wrong room", by=actor_bo)
    talk.delete_line(number=number, sequence=gone.sequence, by=actor_bo)
    talk.say(number=number, text="said by a machine", by=SYSTEM)
    lifecycle.resolve_incident(number=number, by=actor_bo, text="Pool is larger")
    audit.seal()
    return incident


def test_nothing_is_wrong_with_what_was_only_used(lived_in: Incident) -> None:
    assert examine() == []


def test_nothing_is_wrong_with_the_demo_nor_after_it_is_gone() -> None:
    seed_demo()
    audit.seal()
    assert examine() == []

    remove_demo()
    audit.seal()

    assert examine() == []


@pytest.mark.parametrize(
    "change",
    [
        {"text": "The pool was never full"},
        {"actor_name": "Dan"},
        {"actor_key": "user:0"},
        {"surface": "slack"},
        {"kind": "note"},
        {"data": {"is": "new"}},
        {"occurred_at": datetime(2026, 1, 1, tzinfo=UTC)},
        {"recorded_at": datetime(2026, 1, 1, tzinfo=UTC)},
        {"target": None},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_column_is_found(lived_in: Incident, change: dict[str, Any]) -> None:
    kind = "message.edited" if "target" in change else "message"
    line = lived_in.events.filter(kind=kind).order_by("sequence")[0]

    TimelineEvent.objects.filter(pk=line.pk).update(**change)

    assert f"I12: line {line.sequence} of #{lived_in.pk} is not what it was when it was written" in examine()


@pytest.mark.parametrize("kind", ["message", "reaction.added", "status.changed", "incident.declared"])
def test_a_digest_that_was_made_to_fit_is_found_by_the_audit(lived_in: Incident, kind: str) -> None:
    line = lived_in.events.filter(kind=kind).order_by("sequence")[0]
    entry = AuditEntry.objects.get(content_digest=line.content_digest)

    line.text = "It was all fine"
    line.content_digest = content_digest(line)
    line.save()

    found = [problem for problem in examine() if "audit entry" in problem]
    assert found == [f"I12: audit entry {entry.pk} ({kind}) seals a line that #{lived_in.pk} does not have any more"]


@pytest.mark.parametrize(
    "change",
    [{"shown_text": "All fine"}, {"shown_at": datetime(2026, 1, 1, tzinfo=UTC)}, {"deleted_at": None}],
    ids=lambda change: next(iter(change)),
)
def test_what_is_shown_follows_from_the_log(lived_in: Incident, change: dict[str, Any]) -> None:
    line = lived_in.events.filter(kind="message").order_by("sequence")[0 if "deleted_at" not in change else 2]

    TimelineEvent.objects.filter(pk=line.pk).update(**change)

    assert examine() == [f"I12: line {line.sequence} of #{lived_in.pk} is not shown as the log says"]


def test_a_line_that_vanished_without_a_word_is_found(lived_in: Incident) -> None:
    line = lived_in.events.filter(kind="message").order_by("sequence")[1]

    TimelineEvent.objects.filter(pk=line.pk).update(deleted_at=clock.now())

    assert examine() == [f"I12: line {line.sequence} of #{lived_in.pk} is not shown as the log says"]


def test_two_lines_that_changed_places_are_found(lived_in: Incident) -> None:
    first, second = lived_in.events.filter(kind="message").order_by("sequence")[:2]

    TimelineEvent.objects.filter(pk=first.pk).update(text=second.text, content_digest=second.content_digest)

    assert any(f"line {first.sequence} of" in problem for problem in examine())
