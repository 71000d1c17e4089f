"""However a story arrives, doubled and shuffled, the incident ends where the story in its own order ends."""

import os
from itertools import count

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.actors import SYSTEM
from alerts.models import Alert, AlertGroup
from alerts.operations.signals import take_signal
from connections.models import Connection
from incidents.models import Incident
from incidents.operations.lifecycle import cancel_incident, close_incident, merge_incidents, resolve_incident
from integrations.pagerduty.source import read_event, to_signal
from tests.factories import make_connection, make_incident
from tests.pagerduty.histories import Happened, arrivals, come_to, stories

pytestmark = pytest.mark.django_db
SWEEP = os.environ.get("WARROOM_SWEEP") == "1"
thoroughly = settings(
    max_examples=4000 if SWEEP else 150,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
_story = count()


class Told:
    """One connection that hears one story."""

    def __init__(self) -> None:
        self.connection: Connection = make_connection("pagerduty", name="PagerDuty")
        self.prefix = f"s{next(_story)}-"

    def hear(self, event: Happened) -> None:
        signal = to_signal(read_event(event.raw(self.prefix)))
        assert signal is not None
        take_signal(connection=self.connection, signal=signal)

    @property
    def incidents(self) -> list[Incident]:
        """The incidents that came of it, in the order they were declared."""
        return list(Incident.objects.filter(alert_links__group__connection=self.connection).order_by("pk").distinct())

    def lines(self, incident: Incident) -> list[str]:
        """The ids of the events whose lines it has, in reading order."""
        rows = incident.events.filter(kind__startswith="alert").order_by("shown_at", "id")
        names = dict(Alert.objects.filter(connection=self.connection).values_list("pk", "outside_id"))
        return [names[int(str(row.outside_id).removeprefix("alert:"))].removeprefix(self.prefix) for row in rows]


def e(number: int, kind: str, trouble: str = "Q0", after: int | None = None, **more: str) -> Happened:
    return Happened(number, f"incident.{kind}", trouble, number if after is None else after, **more)


#: orders that once went wrong, or nearly
NOTE_FIRST = [e(0, "triggered"), e(1, "annotated"), e(2, "resolved")]
TWO_TROUBLES = [e(0, "triggered"), e(1, "resolved"), e(2, "triggered", "Q1"), e(3, "annotated", "Q1")]
#: a note without a key comes after the key of its trouble is known, and before anything declares
NOTE_BETWEEN = [e(0, "triggered", "Q0", 0), e(1, "annotated", "Q1", 0), e(4, "acknowledged", "Q1", 0)]
UP_AND_DOWN = [e(0, "triggered"), e(1, "resolved"), e(2, "reopened"), e(3, "resolved")]


@thoroughly
@given(arrivals())
@example((NOTE_FIRST, [NOTE_FIRST[1], NOTE_FIRST[2], NOTE_FIRST[0]]))
@example((TWO_TROUBLES, TWO_TROUBLES[::-1]))
@example((UP_AND_DOWN, [UP_AND_DOWN[0], UP_AND_DOWN[3], UP_AND_DOWN[2], UP_AND_DOWN[1]]))
@example((UP_AND_DOWN, UP_AND_DOWN[::-1]))
@example((NOTE_BETWEEN, NOTE_BETWEEN[::-1]))
def test_the_end_is_that_of_the_story_in_its_own_order(arrived: tuple[list[Happened], list[Happened]]) -> None:
    story, order = arrived
    told = Told()
    for event in order:
        told.hear(event)

    check(told, story)


@settings(thoroughly, max_examples=500 if SWEEP else 30)
@given(stories())
def test_a_story_in_its_own_order_ends_as_described(story: list[Happened]) -> None:
    told = Told()
    for event in story:
        told.hear(event)

    check(told, story)


def check(told: Told, story: list[Happened]) -> None:
    """One incident per key, with the state, the times and the lines of the whole story."""
    wanted = come_to(story)
    if not wanted.status:
        assert told.incidents == []
        return
    [incident] = told.incidents
    assert incident.status == wanted.status
    assert incident.title == wanted.title
    assert incident.severity == (wanted.severity or 3)
    assert incident.resolved_at == wanted.resolved_at
    assert (incident.mitigated_at is not None) == (wanted.resolved_at is not None)
    assert incident.started_at == wanted.started_at
    known = {event.id: event.at for event in story if event.trouble in keyed(story)}
    lines = told.lines(incident)
    assert sorted(lines) == sorted(known), "each event is one line"
    assert [known[line] for line in lines] == sorted(known.values()), "in the order they happened"
    assert list(incident.events.order_by("sequence").values_list("sequence", flat=True)) == list(
        range(1, incident.last_sequence + 1)
    )


def keyed(story: list[Happened]) -> set[str]:
    """The troubles whose key is known: of the others there are only notes, which wait."""
    return {event.trouble for event in story if event.kind != "incident.annotated"}


@thoroughly
@given(arrivals(), st.integers(0, 14), st.booleans())
@example((TWO_TROUBLES, TWO_TROUBLES), 2, False)
@example((UP_AND_DOWN, [UP_AND_DOWN[0], UP_AND_DOWN[2], UP_AND_DOWN[1], UP_AND_DOWN[3]]), 1, True)
def test_after_people_have_closed_it_there_are_only_lines(
    arrived: tuple[list[Happened], list[Happened]], when: int, cancelled: bool
) -> None:
    story, order = arrived
    told = Told()
    for event in order[:when]:
        told.hear(event)
    if not told.incidents:
        return
    [closed] = told.incidents
    before = put_away(closed, cancelled=cancelled)
    for event in order[when:]:
        told.hear(event)

    closed.refresh_from_db()
    for name in ("status", "title", "severity", "resolved_at", "mitigated_at", "closed_at"):
        assert getattr(closed, name) == getattr(before, name), name
    old = {event.trouble for event in order[:when] if event.kind != "incident.annotated"}
    assert sorted(told.lines(closed)) == sorted(event.id for event in story if event.trouble in old)
    check_what_came_after(told, closed, [event for event in story if event.trouble not in old])


def put_away(incident: Incident, *, cancelled: bool) -> Incident:
    """A person closes it, or calls it a false alarm where it is still open; returns how it is then."""
    if cancelled and incident.is_open:
        return cancel_incident(number=incident.pk, by=SYSTEM, reason="a false alarm")
    resolve_incident(number=incident.pk, by=SYSTEM)
    return close_incident(number=incident.pk, by=SYSTEM, waive_reason="nobody was needed")


def check_what_came_after(told: Told, closed: Incident, rest: list[Happened]) -> None:
    """Troubles that nobody had heard of at the closing are an incident of their own."""
    wanted = come_to(rest)
    others = [incident for incident in told.incidents if incident != closed]
    assert len(others) == (1 if wanted.status else 0)
    for other in others:
        assert other.status == wanted.status
        assert other.resolved_at == wanted.resolved_at


def test_one_key_has_at_most_one_open_group() -> None:
    told = Told()
    for event in TWO_TROUBLES:
        told.hear(event)
    put_away(told.incidents[0], cancelled=False)
    for event in (e(10, "triggered", "Q5"), e(11, "triggered", "Q6"), e(12, "annotated", "Q6")):
        told.hear(event)

    states = AlertGroup.objects.filter(connection=told.connection).values_list("state", flat=True)
    assert sorted(states) == ["closed", "firing"]
    assert len(told.incidents) == 2


def test_what_is_told_of_a_merged_incident_is_a_line_in_the_one_it_went_into() -> None:
    told = Told()
    told.hear(e(0, "triggered"))
    [gone] = told.incidents
    stays = make_incident("The real one")
    merge_incidents(source=gone.pk, into=stays.pk, by=SYSTEM)

    for event in (e(1, "acknowledged"), e(2, "resolved"), e(3, "reopened")):
        told.hear(event)

    stays.refresh_from_db()
    gone.refresh_from_db()
    assert (stays.status, gone.status) == ("triage", "merged")
    assert told.lines(stays) == ["01E0001", "01E0002", "01E0003"]
    assert told.lines(gone) == ["01E0000"]
