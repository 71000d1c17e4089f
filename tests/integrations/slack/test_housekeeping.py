"""What Slack told us is not kept for ever."""

from datetime import timedelta

from common import clock
from connections.housekeeping import clean_up
from connections.models import Connection, Received
from incidents.models import Incident
from integrations.slack import learning
from integrations.slack.models import Fact
from tests.fakes.slack_server import Channel, FakeSlack, Person
from tests.integrations.slack.working import receive, self_answer, texts, work

LONG = timedelta(days=31)


def known() -> set[str]:
    return {str(fact) for fact in Fact.objects.all()}


def test_what_nobody_used_for_a_month_is_forgotten(slack: FakeSlack, connection: Connection) -> None:
    learning.put(connection, Fact.SELF, "", self_answer(slack))
    for about in (Fact.USER, Fact.CHANNEL, Fact.EMAIL, Fact.GROUP):
        learning.put(connection, about, "OLD", {"name": "old"})
    clock.shift(LONG)
    learning.put(connection, Fact.USER, "NEW", {"name": "new"})

    clean_up()

    assert known() == {"self", "user NEW"}


def test_an_answer_whose_thread_never_came_is_waited_for_a_month(
    slack: FakeSlack, connection: Connection, channel: Channel, ada_linked: Person
) -> None:
    start = slack.say(channel, ada_linked, "start")
    receive(connection, slack.reply(channel, ada_linked, start.event["ts"], "answer"))
    work(slack, seconds=2000)
    clean_up()
    assert Fact.objects.filter(about=Fact.LINE).count() == 1

    clock.shift(LONG)
    clean_up()

    assert not Fact.objects.filter(about=Fact.LINE).exists()


def test_what_is_waited_for_stays_and_who_comes_again_is_asked_for_anew(
    slack: FakeSlack, connection: Connection, channel: Channel, ada_linked: Person, incident: Incident
) -> None:
    learning.put(connection, Fact.SELF, "", self_answer(slack))
    learning.put(connection, Fact.USER, ada_linked.id, learning.person_of(ada_linked.as_json()))
    clock.shift(LONG)
    slack.shift(LONG.total_seconds())
    clean_up()
    assert known() == {"self"}

    receive(connection, slack.say(channel, ada_linked, "db is down"))
    [row] = Received.claim()
    row.work()
    clean_up()
    assert f"user {ada_linked.id}" in known(), "the line waits for it"
    work(slack)

    assert texts(incident) == ["db is down"]
