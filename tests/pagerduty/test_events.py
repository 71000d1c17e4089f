"""Every event that PagerDuty documents becomes the right signal and the right line."""

import json
from pathlib import Path

import pytest

from alerts.models import Alert
from common import clock
from connections.intake import Unreadable
from connections.models import Connection, Received
from incidents.models import Incident
from integrations.pagerduty.source import read_event, to_signal
from tests.factories import make_connection, make_received

FIXTURES = Path(__file__).resolve().parent.parent.parent / "integrations" / "pagerduty" / "fixtures"
PEOPLE = {"Ada", "Bo", "Cleo", "Dan"}

#: PagerDuty's table of event types
DOCUMENTED = {
    *("triggered", "acknowledged", "unacknowledged", "escalated", "delegated", "reassigned", "priority_updated"),
    *("resolved", "reopened", "service_updated", "incident_type.changed", "annotated", "status_update_published"),
    *("responder.added", "responder.replied", "conference_bridge.updated", "custom_field_values.updated"),
    *("role.assigned", "task.created", "task.updated", "task.completed", "workflow.started", "workflow.completed"),
    *("action_invocation.created", "action_invocation.updated", "action_invocation.terminated"),
}
ELSEWHERE = {
    "service.created",
    "service.updated",
    "service.deleted",
    "service.custom_field_values.updated",
    "pagey.ping",
}

#: fixture → kind of signal, who did it, the line
EXPECTED = {
    "incident.triggered": ("triggered", "Ada", "PagerDuty: Checkout answers 5xx (Checkout)"),
    "incident.triggered-bare": ("triggered", "", "PagerDuty: Checkout answers 5xx (Checkout)"),
    "incident.acknowledged": ("acknowledged", "Cleo", "Acknowledged in PagerDuty"),
    "incident.unacknowledged": ("unacknowledged", "Checkout", "The acknowledgement ran out in PagerDuty"),
    "incident.escalated": ("other", "Checkout", "Escalated in PagerDuty to Bo, Ada"),
    "incident.delegated": ("other", "Cleo", "Handed to Database on call in PagerDuty"),
    "incident.reassigned": ("other", "Cleo", "Reassigned in PagerDuty to Bo"),
    "incident.priority_updated": ("priority", "Cleo", "PagerDuty priority is now P1"),
    "incident.resolved": ("resolved", "Cleo", "Resolved in PagerDuty"),
    "incident.resolved-merged": ("resolved", "Cleo", "Merged into Checkout is down in PagerDuty"),
    "incident.reopened": ("reopened", "Bo", "Reopened in PagerDuty"),
    "incident.service_updated": ("other", "Bo", "Moved to the service Payments in PagerDuty"),
    "incident.incident_type.changed": ("other", "Ada", "PagerDuty incident type is now security_incident"),
    "incident.annotated": ("other", "Bo", "Note in PagerDuty: The pool is at 200 of 200."),
    "incident.annotated-trimmed": ("other", "Bo", "Note in PagerDuty: A long story, cut …"),
    "incident.status_update_published": ("other", "Ada", "Status update in PagerDuty: A fix is rolling out."),
    "incident.responder.added": ("other", "Ada", "PagerDuty asked Bo to respond"),
    "incident.responder.replied": ("other", "Bo", "Bo accepted the request in PagerDuty"),
    "incident.conference_bridge.updated": ("other", "Ada", "Conference: https://meet.example.org/shop"),
    "incident.custom_field_values.updated": ("other", "Ada", "Fields in PagerDuty: region = eu"),
    "incident.role.assigned": ("other", "Ada", "Roles in PagerDuty: Ada is Commander"),
    "incident.role.assigned-taken": ("other", "Ada", "Roles in PagerDuty: nobody is Commander any more"),
    "incident.task.created": ("other", "Ada", "Task created in PagerDuty: Check the backups"),
    "incident.task.updated": ("other", "Ada", "Task changed in PagerDuty: Check the backups"),
    "incident.task.completed": ("other", "Ada", "Task done in PagerDuty: Check the backups"),
    "incident.workflow.started": ("other", "Ada", "Workflow Major incident started in PagerDuty"),
    "incident.workflow.completed": ("other", "Ada", "Workflow Major incident completed in PagerDuty"),
    "incident.action_invocation.created": ("other", "Ada", "Action Restart checkout in PagerDuty: created"),
    "incident.action_invocation.updated": ("other", "Ada", "Action Restart checkout in PagerDuty: running"),
    "incident.action_invocation.terminated": ("other", "Ada", "Action Restart checkout in PagerDuty: completed"),
    "incident.something.new": ("other", "Ada", "PagerDuty: incident.something.new"),
}


def fixture(name: str) -> bytes:
    return (FIXTURES / f"{name}.json").read_bytes()


def test_every_documented_event_has_a_fixture() -> None:
    found = {json.loads(path.read_bytes())["event"]["event_type"] for path in FIXTURES.glob("*.json")}

    assert found == {f"incident.{name}" for name in DOCUMENTED} | ELSEWHERE | {"incident.something.new"}
    assert {path.stem for path in FIXTURES.glob("*.json")} == set(EXPECTED) | ELSEWHERE


def test_the_fixtures_are_small_and_invented() -> None:
    for path in FIXTURES.glob("*.json"):
        text = path.read_text()
        people = {name for name in _names(json.loads(text)) if name}
        assert people <= PEOPLE, path.name
        assert len(text) < 4000, path.name
        assert "pagerduty.com" not in text


def _names(value: object) -> list[str]:
    if isinstance(value, list):
        return [name for inner in value for name in _names(inner)]
    if not isinstance(value, dict):
        return []
    own = [str(value.get("summary"))] if value.get("type") == "user_reference" else []
    return own + [name for inner in value.values() for name in _names(inner)]


@pytest.mark.parametrize("name", EXPECTED)
def test_an_event_becomes_its_signal(name: str) -> None:
    kind, agent, text = EXPECTED[name]

    signal = to_signal(read_event(fixture(name)))

    assert signal is not None
    assert (signal.kind, signal.agent, signal.text) == (kind, agent, text)
    assert signal.trouble == "Q1INC007"
    assert signal.is_note == (name.split("-")[0] in ("incident.annotated", "incident.status_update_published"))


def test_a_trigger_brings_title_severity_service_and_key() -> None:
    signal = to_signal(read_event(fixture("incident.triggered")))

    assert signal is not None
    assert (signal.title, signal.severity, signal.service) == ("Checkout answers 5xx", 2, "Checkout")
    assert signal.key == "checkout/5xx"
    assert signal.url == "https://acme.pagerduty.example/incidents/Q1INC007"
    assert signal.at.isoformat() == "2026-03-04T10:15:01.169000+00:00"


def test_without_a_key_the_incident_is_the_key() -> None:
    for name in ("incident.triggered-bare", "incident.annotated"):
        signal = to_signal(read_event(fixture(name)))
        assert signal is not None
        assert signal.key == "pd:Q1INC007"


@pytest.mark.parametrize(
    ("priority", "severity"),
    [("P1", 1), ("P5", 5), ("SEV-3", 3), ("SEV2", 2), ("sev 4", 4), ("P9", None), ("High", None), ("", None)],
)
def test_a_priority_is_read_by_its_name(priority: str, severity: int | None) -> None:
    value = json.loads(fixture("incident.triggered"))
    value["event"]["data"]["priority"]["summary"] = priority

    signal = to_signal(value["event"])

    assert signal is not None
    assert signal.severity == severity


@pytest.mark.parametrize("name", sorted(ELSEWHERE - {"pagey.ping"}))
def test_what_concerns_no_incident_is_ignored_and_says_so(name: str, db: None) -> None:
    row = take(fixture(name))

    assert (row.state, row.outcome) == (Received.DONE, "ignored")
    assert row.outcome_text == f"{name} concerns no incident."
    assert not Incident.objects.exists()


def test_an_odd_name_of_an_event_is_ignored_too(db: None) -> None:
    row = take(json.dumps({"event": {"id": "1", "event_type": "x\0\ud800", "data": {}}}).encode())

    assert row.outcome == "ignored"


def test_a_ping_shows_on_the_connection(db: None) -> None:
    before = clock.now()

    row = take(fixture("pagey.ping"))

    assert (row.outcome, row.outcome_text) == ("done", "Ping received: the webhook works.")
    pinged = Connection.objects.get().last_ping_at
    assert pinged is not None
    assert pinged >= before


def test_every_event_of_one_incident_becomes_one_line_of_it(db: None) -> None:
    connection = make_connection("pagerduty")
    names = [name for name in EXPECTED if name not in ("incident.triggered-bare", "incident.resolved-merged")]
    for name in ["incident.triggered", *names]:
        take(fixture(name), connection)

    incident = Incident.objects.get()
    lines = incident.events.filter(kind__startswith="alert").order_by("occurred_at", "id")
    assert [line.text for line in lines] == [EXPECTED[name][2] for name in names]
    assert {line.kind for line in lines if line.text.startswith(("Note", "Status"))} == {"alert.note"}
    assert Alert.objects.count() == len(names)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda event: event.pop("id"), "no “id”"),
        (lambda event: event.update(id=7), "no “id”"),
        (lambda event: event.pop("event_type"), "no “event_type”"),
        (lambda event: event.update(data=[]), "no “data” object"),
        (lambda event: event["data"].update(id=None), "names no incident"),
        (lambda event: event.update(occurred_at=None), "no “occurred_at”"),
        (lambda event: event.update(occurred_at="yesterday"), "is not a time"),
    ],
)
def test_what_is_missing_is_named(change: object, words: str) -> None:
    value = json.loads(fixture("incident.triggered"))
    change(value["event"])  # type: ignore[operator]

    with pytest.raises(Unreadable, match=words):
        to_signal(read_event(json.dumps(value).encode()))


def take(raw: bytes, connection: Connection | None = None) -> Received:
    """Store a webhook and work it."""
    made = make_received(connection or make_connection("pagerduty"), raw, door="pagerduty")
    for row in Received.claim():
        row.work()
    return Received.objects.get(pk=made.pk)
