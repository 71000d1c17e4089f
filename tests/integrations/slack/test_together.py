"""Lines that come close after one another are heard in one transaction: quicker, and otherwise the same."""

import json
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from common.work import work_off
from connections.models import Connection, Delivery, Received
from incidents.models import Incident
from incidents.operations import talk
from tests.fakes.slack_server import Channel, FakeSlack, Parcel, Person
from tests.integrations.slack.working import lines, receive, receive_all, texts, work


def _settle(slack: FakeSlack, connection: Connection, channel: Channel, who: Person) -> None:
    """Everybody has been met and nothing is under way."""
    slack.say(channel, who, "first")
    receive_all(connection, slack)
    work(slack, seconds=5)
    slack.outbox.take()


def test_twenty_lines_take_as_many_statements_as_two(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    _settle(slack, connection, channel, ada_linked)

    def statements(count: int) -> int:
        for n in range(count):
            slack.say(channel, ada_linked, f"line {n}")
        receive_all(connection, slack)
        with CaptureQueriesContext(database) as asked:
            work_off("connections.received")
        return len(asked)

    assert statements(20) == statements(2)
    assert len(lines(incident)) == 23


def test_the_log_has_no_hole_and_every_line_stands_once(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    _settle(slack, connection, channel, ada_linked)
    parcels = [slack.say(channel, ada_linked, f"line {n}") for n in range(6)]
    # The same message under another event id, in the same batch.
    receive_all(connection, slack)
    receive(connection, slack.event(parcels[3].event))

    work(slack, seconds=5)

    assert texts(incident) == ["first", *[f"line {n}" for n in range(6)]]
    sequences = list(incident.events.order_by("sequence").values_list("sequence", flat=True))
    assert sequences == list(range(1, len(sequences) + 1))
    incident.refresh_from_db()
    assert incident.last_sequence == sequences[-1]
    shown = Delivery.objects.filter(thing_kind="event", thing_id__in=[line.pk for line in lines(incident)])
    assert {(one.wanted, one.shown, bool(one.outside_ref)) for one in shown} == {(1, 1, True)}
    assert shown.count() == 7


def test_an_answer_finds_the_start_of_its_thread_in_the_same_batch(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    _settle(slack, connection, channel, ada_linked)
    ts = slack.say(channel, ada_linked, "db is down").event["ts"]
    slack.say(channel, ada_linked, "which one?", thread=ts)
    slack.say(channel, ada_linked, "the second", thread=ts)
    receive_all(connection, slack)

    work(slack, seconds=5)

    _, start, *answers = lines(incident)
    assert [answer.thread for answer in answers] == [start, start]
    assert start.reply_count == 2
    assert start.last_reply_at == answers[-1].shown_at


def test_a_stranger_and_a_question_to_the_bot_go_alone_and_keep_their_place(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    _settle(slack, connection, channel, ada_linked)
    bo = slack.person("Bo")
    slack.say(channel, ada_linked, "one")
    slack.say(channel, ada_linked, f"<@{slack.world.bot.id}> sev 1")
    slack.say(channel, ada_linked, "two")
    slack.say(channel, bo, "who am I?")
    slack.say(channel, ada_linked, "three")
    receive_all(connection, slack)

    work(slack, seconds=5)

    said = [line for line in texts(incident) if "sev 1" not in line]
    assert said == ["first", "one", "two", "who am I?", "three"]
    incident.refresh_from_db()
    assert incident.severity == 1
    assert set(Received.objects.values_list("outcome", flat=True)) <= {"done", "ignored"}


def test_a_line_that_fails_stops_none_beside_it(
    slack: FakeSlack,
    connection: Connection,
    incident: Incident,
    channel: Channel,
    ada_linked: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _settle(slack, connection, channel, ada_linked)
    complete, broken = talk._complete, ["poison"]

    def fail(incident: Incident, event: Any, words: talk.Words) -> None:
        if words.text in broken:
            raise RuntimeError("a fault of ours")
        complete(incident, event, words)

    monkeypatch.setattr(talk, "_complete", fail)
    for text in ("before", "poison", "after"):
        slack.say(channel, ada_linked, text)
    receive_all(connection, slack)
    work_off("connections.received")
    assert texts(incident) == ["first", "before", "after"]

    broken.clear()
    work(slack, seconds=60)

    assert texts(incident) == ["first", "before", "poison", "after"]


def test_lines_outside_the_incidents_channels_are_ignored_together(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    _settle(slack, connection, channel, ada_linked)
    elsewhere = slack.channel("random", ada_linked)
    for n in range(3):
        slack.say(elsewhere, ada_linked, f"lunch {n}")
    rows = receive_all(connection, slack)

    work_off("connections.received")

    found = Received.objects.filter(pk__in=[row.pk for row in rows]).values_list("outcome", "outcome_text")
    assert list(found) == [("ignored", "a line outside the incidents' channels")] * 3
    assert texts(incident) == ["first"]


def test_a_line_of_another_team_is_not_heard_with_those_beside_it(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    _settle(slack, connection, channel, ada_linked)
    ours = [slack.say(channel, ada_linked, text) for text in ("one", "two", "three")]
    payload = {**ours[1].payload, "team_id": "T0ELSEWHERE", "authorizations": [{"team_id": "T0ELSEWHERE"}]}
    for parcel in (ours[0], Parcel("events", json.dumps(payload).encode(), ours[1].content_type), ours[2]):
        receive(connection, parcel)
    slack.outbox.take()

    work(slack, seconds=5)

    assert texts(incident) == ["first", "one", "three"]


def test_an_answer_that_came_just_before_its_thread_joins_it(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    _settle(slack, connection, channel, ada_linked)
    start = slack.say(channel, ada_linked, "start")
    answer = slack.reply(channel, ada_linked, start.event["ts"], "answer")
    for parcel in (answer, start):
        receive(connection, parcel)

    work(slack, seconds=5)

    assert [line.thread and line.thread.shown_text for line in lines(incident)] == [None, None, "start"]
