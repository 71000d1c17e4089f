"""What PagerDuty's word does to an incident, and where it ends."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection as database

from accounts.actors import SYSTEM
from alerts.models import Alert, AlertGroup
from common import clock
from connections.models import Connection, Received
from incidents.models import Incident, RoleAssignment
from incidents.operations import lifecycle
from incidents.operations.facts import correct_key_time, rename
from tests.factories import make_connection, make_received, make_service
from tests.pagerduty.events import CLEO, START, body
from tests.processes.waiting import wait_until
from tests.threads import Thread, somebody_waits_for_a_lock, together

pytestmark = pytest.mark.django_db


@pytest.fixture
def pagerduty(db: None) -> Connection:
    return make_connection("pagerduty", name="PagerDuty")


def tell(connection: Connection, kind: str, after: float, *, incident: str = "Q1", **more: Any) -> Received:
    """PagerDuty tells something; it is worked at once."""
    raw = body(f"incident.{kind}", incident=incident, id_=f"01E{incident}{kind}{after}", after=after, **more)
    made = make_received(connection, raw, door="pagerduty")
    for row in Received.claim():
        row.work()
    return Received.objects.get(pk=made.pk)


def at(after: float) -> datetime:
    return START + timedelta(seconds=after)


def test_a_trigger_declares(pagerduty: Connection) -> None:
    make_service("Checkout")

    row = tell(pagerduty, "triggered", 0, key="checkout", priority="P2")

    incident = Incident.objects.get()
    assert (row.outcome, row.outcome_text, row.incident_number) == ("done", f"incident #{incident.pk}", incident.pk)
    assert (incident.title, incident.severity, incident.status) == ("Checkout answers 5xx", 2, "triage")
    assert (incident.started_at, incident.detected_at) == (at(0), at(0))
    assert incident.declared_by_name == "PagerDuty"
    assert [service.slug for service in incident.services.all()] == ["checkout"]


def test_without_a_priority_it_is_sev3_and_unconfirmed(pagerduty: Connection) -> None:
    tell(pagerduty, "triggered", 0)

    incident = Incident.objects.get()
    assert (incident.severity, incident.severity_confirmed_at) == (3, None)


def test_an_acknowledgement_begins_the_investigation(pagerduty: Connection) -> None:
    tell(pagerduty, "triggered", 0)
    tell(pagerduty, "acknowledged", 5)

    assert Incident.objects.get().status == "investigating"
    event = Incident.objects.get().events.get(kind="status.changed")
    assert (event.actor_name, event.occurred_at) == ("Ada (PagerDuty)", at(5))
    assert AlertGroup.objects.get().state == "acked"


def test_an_acknowledgement_does_not_take_a_fix_back(pagerduty: Connection) -> None:
    tell(pagerduty, "triggered", 0)
    lifecycle.change_status(number=Incident.objects.get().pk, status="fixing", by=SYSTEM)

    tell(pagerduty, "acknowledged", 5)

    assert Incident.objects.get().status == "fixing"


def test_resolved_there_is_resolved_here_commander_or_not(pagerduty: Connection) -> None:
    tell(pagerduty, "triggered", 0)
    tell(pagerduty, "resolved", 60)

    incident = Incident.objects.get()
    assert not RoleAssignment.objects.exists()
    assert (incident.status, incident.resolved_at, incident.mitigated_at) == ("resolved", at(60), at(60))


def test_reopened_there_is_investigated_again_with_a_name_and_a_reason(pagerduty: Connection) -> None:
    tell(pagerduty, "triggered", 0)
    tell(pagerduty, "resolved", 60)
    tell(pagerduty, "reopened", 90)

    incident = Incident.objects.get()
    assert (incident.status, incident.resolved_at, incident.mitigated_at) == ("investigating", None, None)
    event = incident.events.filter(kind="status.changed").latest("sequence")
    assert event.actor_name == "Ada (PagerDuty)"
    assert event.data["reason"] == "PagerDuty says it is open again"


@pytest.mark.parametrize("end", ["closed", "cancelled"])
def test_on_an_incident_that_people_ended_it_is_only_a_line(pagerduty: Connection, end: str) -> None:
    tell(pagerduty, "triggered", 0, key="checkout")
    number = Incident.objects.get().pk
    if end == "closed":
        tell(pagerduty, "resolved", 60, key="checkout")
        lifecycle.close_incident(number=number, by=SYSTEM, waive_reason="nobody was needed")
    else:
        lifecycle.cancel_incident(number=number, by=SYSTEM, reason="a test of the alarm")

    for kind in ("reopened", "acknowledged", "resolved", "triggered"):
        tell(pagerduty, kind, 90, key="checkout")

    incident = Incident.objects.get()
    assert incident.status == end
    assert incident.events.filter(kind="alert", occurred_at=at(90)).count() == 4


@pytest.mark.parametrize("end", ["closed", "cancelled"])
def test_a_new_trouble_of_an_ended_incidents_key_is_a_new_incident(pagerduty: Connection, end: str) -> None:
    tell(pagerduty, "triggered", 0, key="checkout")
    number = Incident.objects.get().pk
    if end == "closed":
        tell(pagerduty, "resolved", 60, key="checkout")
        lifecycle.close_incident(number=number, by=SYSTEM, waive_reason="nobody was needed")
    else:
        lifecycle.cancel_incident(number=number, by=SYSTEM, reason="a test of the alarm")

    tell(pagerduty, "triggered", 100, incident="Q2", key="checkout")

    assert list(Incident.objects.order_by("pk").values_list("status", flat=True)) == [end, "triage"]


def test_a_new_trouble_of_a_resolved_incidents_key_reopens_it(pagerduty: Connection) -> None:
    tell(pagerduty, "triggered", 0, key="checkout")
    tell(pagerduty, "resolved", 60, key="checkout")
    tell(pagerduty, "triggered", 100, incident="Q2", key="checkout")

    assert Incident.objects.get().status == "investigating"


def test_notes_find_their_incident_although_they_carry_no_key(pagerduty: Connection) -> None:
    early = tell(pagerduty, "annotated", 5, text="seen before it was told")
    assert early.outcome_text == "kept: its trigger has not arrived"
    tell(pagerduty, "triggered", 0, key="checkout")
    late = tell(pagerduty, "annotated", 9, text="and after")

    incident = Incident.objects.get()
    lines = incident.events.filter(kind="alert.note").order_by("occurred_at")
    assert [line.text for line in lines] == [
        "Note in PagerDuty: seen before it was told",
        "Note in PagerDuty: and after",
    ]
    early.refresh_from_db()
    assert {early.incident_number, late.incident_number} == {incident.pk}
    assert AlertGroup.objects.count() == 1
    assert set(Alert.objects.values_list("outcome", flat=True)) == {f"incident #{incident.pk}"}


def test_a_clock_that_runs_ahead_there_does_not_stop_a_resolve(pagerduty: Connection) -> None:
    ahead = (clock.now() - START).total_seconds() + 3600
    tell(pagerduty, "triggered", ahead - 10)

    row = tell(pagerduty, "resolved", ahead)

    assert row.outcome == "done"
    incident = Incident.objects.get()
    assert incident.status == "resolved"
    assert incident.resolved_at is not None
    assert incident.resolved_at <= clock.now()
    assert not incident.events.filter(occurred_at__gt=clock.now()).exists()


def test_a_late_and_older_resolve_corrects_the_time_and_says_so(pagerduty: Connection) -> None:
    tell(pagerduty, "triggered", 0)
    tell(pagerduty, "resolved", 90)
    tell(pagerduty, "resolved", 60)

    incident = Incident.objects.get()
    assert (incident.resolved_at, incident.mitigated_at) == (at(60), at(60))
    corrected = incident.events.filter(kind="time.set").values_list("data__name", flat=True)
    assert sorted(corrected) == ["mitigated", "resolved"]


def test_a_time_that_a_person_has_set_is_not_corrected(pagerduty: Connection) -> None:
    tell(pagerduty, "triggered", 0)
    tell(pagerduty, "resolved", 90)
    number = Incident.objects.get().pk
    for name in ("resolved", "mitigated"):
        correct_key_time(number=number, name=name, at=at(75), by=SYSTEM)

    tell(pagerduty, "resolved", 60)

    incident = Incident.objects.get()
    assert (incident.resolved_at, incident.mitigated_at) == (at(75), at(75))


def test_a_title_that_a_person_has_given_stays(pagerduty: Connection) -> None:
    tell(pagerduty, "triggered", 0, key="checkout", title="Old  words")
    tell(pagerduty, "triggered", 5, incident="Q2", key="checkout", title="New words")
    assert Incident.objects.get().title == "New words"
    rename(number=Incident.objects.get().pk, title="What Ada calls it", by=SYSTEM)

    tell(pagerduty, "triggered", 9, incident="Q3", key="checkout", title="Newest words")

    assert Incident.objects.get().title == "What Ada calls it"


def test_the_same_event_in_another_webhook_is_one_signal(pagerduty: Connection) -> None:
    for _ in range(3):
        tell(pagerduty, "triggered", 0)

    assert (Received.objects.count(), Alert.objects.count(), Incident.objects.count()) == (3, 1, 1)
    assert Incident.objects.get().events.filter(kind="alert").count() == 1
    assert set(Received.objects.values_list("outcome", flat=True)) == {"done"}


def test_one_key_on_two_connections_is_two_troubles(pagerduty: Connection) -> None:
    other = make_connection("pagerduty", name="The other account")
    tell(pagerduty, "triggered", 0, key="checkout")
    tell(other, "triggered", 0, key="checkout")

    assert Incident.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_events_that_are_worked_at_the_same_moment_come_together() -> None:
    connection = make_connection("pagerduty")
    kinds = ["triggered", "annotated", "acknowledged", "annotated", "resolved", "priority_updated"]
    for after, kind in enumerate(kinds):
        more = {"key": "checkout"} if kind != "annotated" else {"text": f"note {after}"}
        raw = body(f"incident.{kind}", incident="Q1", id_=f"01E{after}", after=after, **more)
        make_received(connection, raw, door="pagerduty")

    def work() -> None:
        for row in Received.claim(1):
            row.work()

    together(*[work] * len(kinds))

    assert set(Received.objects.values_list("state", "outcome", "attempts")) == {("done", "done", 0)}
    incident = Incident.objects.get()
    assert incident.status == "resolved"
    assert incident.events.filter(kind__startswith="alert").count() == len(kinds)
    assert AlertGroup.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("database.vendor != 'postgresql'", reason="one transaction writes at a time")
def test_closing_while_a_signal_comes_in_deadlocks_neither_for_good() -> None:
    pagerduty = make_connection("pagerduty")
    tell(pagerduty, "triggered", 0)
    tell(pagerduty, "resolved", 60)
    number = Incident.objects.get().pk
    group_held, go_on = threading.Event(), threading.Event()
    real = AlertGroup.save

    def slow_save(self: AlertGroup, *args: Any, **kwargs: Any) -> None:
        real(self, *args, **kwargs)
        group_held.set()
        assert go_on.wait(20)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AlertGroup, "save", slow_save)
        signal = Thread(lambda: tell(pagerduty, "escalated", 70))
        assert group_held.wait(20)
        closing = Thread(lambda: lifecycle.close_incident(number=number, by=SYSTEM, waive_reason="nobody was needed"))
        wait_until(somebody_waits_for_a_lock, 10, "the closing waiting for the group")
        go_on.set()
        closing.result()
        row = signal.result()

    assert (row.state, row.outcome, row.attempts) == ("done", "done", 0)
    assert database.vendor == "postgresql"
    incident = Incident.objects.get()
    assert incident.status == "closed"
    assert incident.events.filter(kind="alert").count() == 3
    assert CLEO["summary"] in incident.events.filter(kind="alert").latest("occurred_at").text
