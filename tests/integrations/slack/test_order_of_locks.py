"""Lines, and what waits for them, at the same moment: one order of locks, and no answer that misses its thread."""

import threading

import pytest
from django.db import connection as database
from django.db import transaction
from django.test.utils import CaptureQueriesContext

from connections.models import Connection, Received
from incidents.models import Incident
from integrations.slack import learning
from integrations.slack.models import Fact
from tests.fakes.slack_server import Channel, FakeSlack, Person
from tests.integrations.slack.working import lines, receive, self_answer, work
from tests.processes.waiting import wait_until
from tests.threads import Thread, somebody_waits_for_a_lock

on_postgres = pytest.mark.skipif("database.vendor != 'postgresql'", reason="one transaction writes at a time")


def test_the_incident_is_locked_before_the_fact(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    """As where a line is heard: the other way round, the two would wait for each other."""
    start = slack.say(channel, ada_linked, "start")
    answer = slack.reply(channel, ada_linked, start.event["ts"], "answer")
    receive(connection, answer)
    work(slack)
    fact = Fact.objects.get(about=Fact.LINE)
    receive(connection, start)
    [row] = [row for row in Received.claim() if row.outcome == ""]
    row.work()

    with CaptureQueriesContext(database) as told:
        learning.keep(fact, {}, is_sure=True)

    sql = [query["sql"] for query in told]
    incident_at = next(at for at, query in enumerate(sql) if 'FROM "incidents_incident"' in query)
    fact_at = next(at for at, query in enumerate(sql) if query.startswith('UPDATE "slack_fact"'))
    assert incident_at < fact_at
    assert [line.thread and line.thread.shown_text for line in lines(incident)] == [None, "start"]


@on_postgres
@pytest.mark.django_db(transaction=True)
def test_an_answer_that_is_read_while_its_thread_is_written_joins_it(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    learning.put(connection, Fact.SELF, "", self_answer(slack))
    learning.put(connection, Fact.USER, ada_linked.id, learning.person_of(ada_linked.as_json()))
    start = slack.say(channel, ada_linked, "start")
    answer = slack.reply(channel, ada_linked, start.event["ts"], "answer")
    receive(connection, start)
    [first] = Received.claim()
    receive(connection, answer)
    [second] = Received.claim()
    written, commit = threading.Event(), threading.Event()

    def write_slowly() -> None:
        with transaction.atomic():
            first.work()
            written.set()
            assert commit.wait(20)

    writing = Thread(write_slowly)
    assert written.wait(20)
    reading = Thread(second.work)
    wait_until(somebody_waits_for_a_lock, 10, "the answer waiting for the incident")
    commit.set()
    writing.result()
    reading.result()
    work(slack, seconds=5)

    assert [line.thread and line.thread.shown_text for line in lines(incident)] == [None, "start"]
