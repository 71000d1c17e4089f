"""Warroom speaks up by itself, rarely, and never twice for the same thing."""

from datetime import timedelta

import pytest

from accounts.actors import Actor
from common import clock
from incidents.models import Incident, Reminder
from incidents.operations import facts, lifecycle, people
from incidents.operations.declare import declare_incident
from incidents.operations.reminders import remind, snooze_reminders
from incidents.operations.updates import publish_update

pytestmark = pytest.mark.django_db


def speak(incident: Incident) -> list[str]:
    """Work every due reminder and return what was said."""
    for reminder in Reminder.due(clock.now()).filter(incident=incident):
        remind(reminder)
    return list(incident.events.filter(kind="reminder").order_by("sequence").values_list("text", flat=True))


def test_nobody_leads_is_said_after_three_minutes_to_the_first_in_the_room(actor_bo: Actor) -> None:
    incident = declare_incident(by=actor_bo, title="Mail is late", severity=2)

    assert speak(incident) == []
    clock.shift(timedelta(minutes=3, seconds=1))
    said = speak(incident)

    assert len(said) == 1
    assert said[0].startswith("Bo: nobody leads yet")


def test_taking_the_lead_ends_it(actor_bo: Actor) -> None:
    incident = declare_incident(by=actor_bo, title="Mail is late", severity=2)
    assert actor_bo.user is not None
    people.assign_role(number=incident.pk, role="lead", user=actor_bo.user, by=actor_bo)

    clock.shift(timedelta(minutes=30))

    assert speak(incident) == []


def test_what_is_due_together_is_one_line_and_then_it_is_quiet_for_ten_minutes(actor_bo: Actor) -> None:
    incident = declare_incident(by=actor_bo, title="Mail is late")

    clock.shift(timedelta(minutes=6))
    first = speak(incident)
    clock.shift(timedelta(minutes=4))
    second = speak(incident)
    clock.shift(timedelta(minutes=7))
    third = speak(incident)

    assert len(first) == 1
    assert "nobody leads" in first[0]
    assert "severity" in first[0]
    assert len(second) == 1
    assert len(third) == 2


def test_confirming_the_severity_ends_its_reminder(actor_bo: Actor) -> None:
    incident = declare_incident(by=actor_bo, title="Mail is late")
    facts.set_severity(number=incident.pk, severity=4, by=actor_bo)

    clock.shift(timedelta(hours=1))

    assert not any("severity" in line for line in speak(incident))


def test_an_update_is_asked_for_when_it_is_due(actor_bo: Actor) -> None:
    incident = declare_incident(by=actor_bo, title="Mail is late", severity=1)
    assert actor_bo.user is not None
    people.assign_role(number=incident.pk, role="lead", user=actor_bo.user, by=actor_bo)
    publish_update(number=incident.pk, by=actor_bo, text="Looking")

    clock.shift(timedelta(minutes=29))
    assert speak(incident) == []
    clock.shift(timedelta(minutes=2))

    assert any("update is due" in line for line in speak(incident))


def test_snoozing_holds_them_back(actor_bo: Actor) -> None:
    incident = declare_incident(by=actor_bo, title="Mail is late")
    snooze_reminders(number=incident.pk, by=actor_bo, for_=timedelta(minutes=30))

    clock.shift(timedelta(minutes=20))
    assert speak(incident) == []
    clock.shift(timedelta(minutes=11))

    assert len(speak(incident)) == 1


def test_a_cancelled_incident_is_left_alone(actor_bo: Actor) -> None:
    incident = declare_incident(by=actor_bo, title="Mail is late")
    lifecycle.cancel_incident(number=incident.pk, by=actor_bo, reason="A test alert")

    clock.shift(timedelta(days=2))

    assert speak(incident) == []


def test_an_hour_of_silence_needs_few_words(actor_bo: Actor) -> None:
    incident = declare_incident(by=actor_bo, title="Mail is late", severity=2)

    for _ in range(60):
        clock.shift(timedelta(minutes=1))
        speak(incident)

    assert incident.events.filter(kind="reminder").count() <= 6
