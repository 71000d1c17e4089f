"""What Slack's people see for themselves: a welcome, a question on leaving, updates they follow, their home."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.actors import Actor
from accounts.models import Identity, User
from chatops.homes import refresh_homes
from chatops.models import HomesRound, Telling, Whisper
from common import clock
from common.work import work_off
from connections.models import Connection, Delivery, Lane, Received
from incidents.models import ActionItem, Incident, Member
from incidents.operations import tasks
from incidents.operations.people import assign_role, join, set_private, watch
from incidents.operations.updates import publish_update
from integrations.slack import learning
from integrations.slack.models import Fact
from tests.factories import link_identity, make_incident
from tests.fakes.slack_server import Channel, FakeSlack, Person
from tests.integrations.slack.working import receive_all, self_answer, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def by_ada(ada: User) -> Actor:
    return Actor.person(ada, "web")


@pytest.fixture
def bo_linked(slack: FakeSlack, bo: User) -> Person:
    there = slack.person("Bo")
    link_identity(bo, f"slack:{slack.world.team_id}", there.id)
    return there


def _do(connection: Connection, slack: FakeSlack, seconds: float = 0.0) -> None:
    receive_all(connection, slack)
    work(slack, seconds=seconds)


def _only_for(slack: FakeSlack, person: Person) -> list[dict[str, Any]]:
    return [
        call.params for call in slack.journal.calls("chat.postEphemeral", ok=True) if call.params["user"] == person.id
    ]


def _direct(slack: FakeSlack, person: Person) -> list[dict[str, Any]]:
    return slack.posts(slack.direct(person))


def _labels(shown: dict[str, Any]) -> list[str]:
    return [
        element["text"]["text"]
        for block in shown["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
    ]


def test_who_comes_in_is_welcomed_with_the_facts_their_reason_and_the_last_update(
    connection: Connection,
    slack: FakeSlack,
    channel: Channel,
    incident: Incident,
    bo: User,
    bo_linked: Person,
    by_ada: Actor,
) -> None:
    publish_update(number=incident.pk, by=by_ada, text="Rolling back", now="a bad deploy")
    Member.objects.create(incident=incident, user=bo, reason="invited by Ada")
    work(slack, seconds=5)
    slack.join(channel, bo_linked)
    _do(connection, slack)

    (welcome,) = _only_for(slack, bo_linked)
    said = str(welcome["blocks"])
    assert f"#{incident.pk} Checkout 5xx" in said
    assert "a bad deploy" in said
    assert "invited by Ada" in said
    assert "Last update, by Ada: Rolling back" in said
    assert _labels(welcome) == ["What did I miss?", "Be lead", "Open web room"]


def test_coming_and_going_is_not_greeted_each_time(
    connection: Connection, slack: FakeSlack, channel: Channel, incident: Incident, bo_linked: Person
) -> None:
    for _ in range(3):
        slack.join(channel, bo_linked)
        _do(connection, slack)

    assert len(_only_for(slack, bo_linked)) == 1


def test_somebody_unknown_is_told_how_to_link(
    connection: Connection, slack: FakeSlack, channel: Channel, incident: Incident
) -> None:
    cleo = slack.person("Cleo")
    slack.join(channel, cleo)
    _do(connection, slack)

    (welcome,) = _only_for(slack, cleo)
    assert "I don't know which account you are" in str(welcome["blocks"])


def test_who_leaves_with_a_role_is_asked_who_takes_over(
    connection: Connection,
    slack: FakeSlack,
    channel: Channel,
    incident: Incident,
    ada: User,
    bo: User,
    bo_linked: Person,
) -> None:
    assign_role(number=incident.pk, role="commander", user=bo, by=Actor.person(ada, "web"))
    channel.members.append(bo_linked.id)
    slack.leave(channel, bo_linked)
    _do(connection, slack)

    (asked,) = _direct(slack, bo_linked)
    assert "still commander" in asked["text"]
    assert _labels(asked)[:2] == ["Hand over to Ada", "Drop commander"]
    slack.press(slack.direct(bo_linked), bo_linked, slack.direct(bo_linked).messages[asked["ts"]], "Hand over to Ada")
    _do(connection, slack)
    held = incident.role_assignments.filter(ended_at__isnull=True, role="commander").get()
    assert held.user == ada


def test_who_leaves_without_a_role_is_left_alone(
    connection: Connection, slack: FakeSlack, channel: Channel, incident: Incident, bo_linked: Person
) -> None:
    channel.members.append(bo_linked.id)
    slack.leave(channel, bo_linked)
    _do(connection, slack)

    assert not Whisper.objects.exists()


def test_an_update_reaches_those_who_follow_from_outside_once(
    connection: Connection,
    slack: FakeSlack,
    channel: Channel,
    incident: Incident,
    bo: User,
    bo_linked: Person,
    by_ada: Actor,
) -> None:
    connection.settings = {"realm": f"slack:{slack.world.team_id}"}
    connection.save()
    watch(number=incident.pk, by=Actor.person(bo, "web"))
    update = publish_update(number=incident.pk, by=by_ada, text="Rolling back")
    _do(connection, slack, seconds=5)

    (told,) = _direct(slack, bo_linked)
    assert "Rolling back" in str(told["blocks"])
    assert _labels(told) == ["Join the room", "Stop following", "Open web room"]

    join(number=incident.pk, by=Actor.person(bo, "web"))
    publish_update(number=incident.pk, by=by_ada, text="All good again")
    _do(connection, slack, seconds=5)
    assert len(_direct(slack, bo_linked)) == 1
    assert update is not None


def test_however_many_follow_everybody_is_told_once_and_publishing_does_not_wait_for_it(
    connection: Connection, slack: FakeSlack, channel: Channel, incident: Incident, by_ada: Actor
) -> None:
    learning.put(connection, Fact.SELF, "", self_answer(slack))
    work(slack)
    realm = f"slack:{slack.world.team_id}"
    users = User.objects.bulk_create(User(email=f"u{n}@example.com", handle=f"u{n}", name=f"U {n}") for n in range(520))
    Member.objects.bulk_create(
        Member(incident=incident, user=user, is_watching=True, left_at=clock.now()) for user in users
    )
    Identity.objects.bulk_create(Identity(realm=realm, outside_id=f"U9{user.pk}", user=user) for user in users)

    update = publish_update(number=incident.pk, by=by_ada, text="Rolling back")
    assert (Telling.objects.count(), Whisper.objects.count()) == (1, 0)
    row = Telling.objects.get()
    for _ in range(3):
        [claimed] = Telling.claim()
        claimed.work()
    # It was told to these already, and the row did not get to say so.
    Telling.objects.filter(pk=row.pk).update(reached=0)
    work_off(Telling._meta.label_lower)

    row.refresh_from_db()
    assert row.state == Telling.DONE
    assert sorted(Whisper.objects.values_list("identity__user_id", flat=True)) == [user.pk for user in users]
    assert Delivery.objects.filter(thing_kind="whisper", lane__kind="person").count() == 520
    assert update is not None


def test_updates_stand_in_the_thread_of_the_announcement(
    connection: Connection, slack: FakeSlack, ada: User, by_ada: Actor
) -> None:
    news = slack.channel("incidents")
    connection.settings = {"announce_channel": news.id}
    connection.save()
    incident = make_incident("Mail is slow", by=ada)
    work(slack, seconds=10)
    publish_update(number=incident.pk, by=by_ada, text="Queue is shrinking")
    work(slack, seconds=10)

    announcement, update = slack.posts(news)
    assert _labels(announcement) == ["Join", "Follow updates", "Open web room"]
    assert update["thread_ts"] == announcement["ts"]
    assert "Queue is shrinking" in update["text"]


def test_a_megaphone_offers_the_line_as_an_update_to_who_put_it_there(
    connection: Connection, slack: FakeSlack, channel: Channel, incident: Incident, ada_linked: Person
) -> None:
    slack.say(channel, ada_linked, "errors are down to 2 %")
    ts = list(channel.messages)[-1]
    _do(connection, slack)
    slack.react(channel, ada_linked, ts, "mega")
    _do(connection, slack)

    (offer,) = _only_for(slack, ada_linked)
    button = next(b for b in offer["blocks"][-1]["elements"] if b["text"]["text"] == "Write the update")
    assert button["value"] == f'/incident update #{incident.pk} --form "errors are down to 2 %"'


def test_a_check_mark_in_slack_is_a_task(
    connection: Connection, slack: FakeSlack, channel: Channel, incident: Incident, ada_linked: Person
) -> None:
    slack.say(channel, ada_linked, "call the bank")
    ts = list(channel.messages)[-1]
    _do(connection, slack)
    slack.react(channel, ada_linked, ts, "white_check_mark")
    _do(connection, slack)

    assert ActionItem.objects.get().text == "call the bank"
    work(slack, seconds=5)
    assert channel.messages[ts].reactions["writing_hand"] == [slack.world.bot.id]


def test_the_sign_goes_with_the_last_pin(
    connection: Connection, slack: FakeSlack, channel: Channel, incident: Incident, ada_linked: Person
) -> None:
    slack.say(channel, ada_linked, "38 % of checkouts fail")
    ts = list(channel.messages)[-1]
    _do(connection, slack)
    slack.react(channel, ada_linked, ts, "pushpin")
    _do(connection, slack, seconds=5)
    assert "writing_hand" in channel.messages[ts].reactions

    slack.react(channel, ada_linked, ts, "pushpin", on=False)
    _do(connection, slack, seconds=5)

    assert channel.messages[ts].reactions == {}
    assert not incident.events.filter(pinned_at__isnull=False).exists()


def test_the_home_shows_what_is_open_and_what_is_theirs_and_follows(
    connection: Connection,
    slack: FakeSlack,
    channel: Channel,
    incident: Incident,
    ada: User,
    ada_linked: Person,
    by_ada: Actor,
) -> None:
    tasks.add_item(number=incident.pk, text="call the bank", by=by_ada, owner=ada)
    slack.open_home(ada_linked)
    _do(connection, slack)

    home = slack.world.views.homes[ada_linked.id]
    said = str(home.content["blocks"])
    assert "One open incident" in said
    assert f"#{incident.pk} Checkout 5xx" in said
    assert "call the bank" in said

    make_incident("Mail is slow", by=ada)
    work(slack, seconds=15)
    assert "2 open incidents" in str(home.content["blocks"])

    slack.press_in(home, ada_linked, "Declare an incident")
    _do(connection, slack)
    view = slack.view(ada_linked)
    assert view is not None
    assert view.content["title"]["text"] == "Declare an incident"


def _home(slack: FakeSlack, person: Person) -> str:
    return str(slack.world.views.homes[person.id].content["blocks"])


def _later(slack: FakeSlack, **length: float) -> None:
    passed = timedelta(**length)
    clock.shift(passed)
    slack.shift(passed.total_seconds())


def test_homes_follow_for_days_after_they_were_looked_at_and_no_longer(
    connection: Connection, slack: FakeSlack, ada: User, ada_linked: Person, bo_linked: Person
) -> None:
    slack.open_home(bo_linked)
    _do(connection, slack)
    _later(slack, days=2)
    slack.open_home(ada_linked)
    _do(connection, slack)
    _later(slack, days=2)

    make_incident("Mail is slow", by=ada)
    work(slack, seconds=30)

    assert "Mail is slow" in _home(slack, ada_linked)
    assert "Mail is slow" not in _home(slack, bo_linked)
    assert not Lane.objects.filter(kind="home", due_at__isnull=False).exists()
    slack.open_home(bo_linked)
    _do(connection, slack)
    assert "Mail is slow" in _home(slack, bo_linked)


def test_what_becomes_private_goes_from_every_home(
    connection: Connection, slack: FakeSlack, ada: User, by_ada: Actor, bo_linked: Person
) -> None:
    incident = make_incident("Layoffs leak", by=ada)
    work(slack, seconds=5)
    slack.open_home(bo_linked)
    _do(connection, slack)
    assert "Layoffs" in _home(slack, bo_linked)
    _later(slack, days=40)

    set_private(number=incident.pk, is_private=True, by=by_ada)
    work(slack, seconds=30)

    assert "Layoffs" not in _home(slack, bo_linked)


def test_a_home_goes_round_twice_and_is_drawn_when_it_is_another(
    connection: Connection, slack: FakeSlack, ada: User, ada_linked: Person
) -> None:
    """A change that is committed only after the first round is in the second."""
    incident = make_incident("Mail is slow", by=ada)
    work(slack, seconds=5)
    # So that its age stays what it is for a while.
    _later(slack, days=4, minutes=1)
    slack.open_home(ada_linked)
    _do(connection, slack)
    refresh_homes()
    work(slack)
    Incident.objects.filter(pk=incident.pk).update(title="Mail is down")
    shown = len(slack.journal.calls("views.publish"))

    work(slack, seconds=25)
    assert "Mail is down" in _home(slack, ada_linked)
    assert len(slack.journal.calls("views.publish")) == shown + 1
    assert HomesRound.objects.get().due_at is None

    refresh_homes()
    work(slack, seconds=30)
    assert len(slack.journal.calls("views.publish")) == shown + 1, "the same stands there"
    slack.open_home(ada_linked)
    _do(connection, slack)
    work(slack, seconds=15)
    assert len(slack.journal.calls("views.publish")) == shown + 2


def test_what_changes_while_a_round_ends_begins_another(
    connection: Connection, slack: FakeSlack, ada: User, ada_linked: Person
) -> None:
    slack.open_home(ada_linked)
    _do(connection, slack)
    refresh_homes()
    [first] = HomesRound.claim()
    first.work()
    refresh_homes()
    assert HomesRound.objects.get().is_last is False
    work(slack)
    HomesRound.objects.update(is_last=True, due_at=clock.now())
    [last] = HomesRound.claim()

    refresh_homes()
    last.work()

    row = HomesRound.objects.get()
    assert (row.is_last, row.lease_until, row.due_at is not None) == (False, None, True)


def test_guests_have_no_home(connection: Connection, slack: FakeSlack, incident: Incident) -> None:
    guest = slack.person("Dan", is_guest=True)
    slack.open_home(guest)
    _do(connection, slack)

    assert slack.world.views.homes == {}


def test_a_home_holds_nothing_of_private_incidents_of_others(
    connection: Connection, slack: FakeSlack, ada: User, bo_linked: Person
) -> None:
    make_incident("Layoffs leak", by=ada, is_private=True)
    slack.open_home(bo_linked)
    _do(connection, slack)

    assert "Layoffs" not in str(slack.world.views.homes[bo_linked.id].content)
    assert "All quiet" in str(slack.world.views.homes[bo_linked.id].content)


def test_a_reaction_to_our_card_is_let_be(
    connection: Connection, slack: FakeSlack, channel: Channel, incident: Incident, ada_linked: Person
) -> None:
    work(slack)
    card = slack.posts(channel)[0]
    slack.react(channel, ada_linked, card["ts"], "pushpin")
    received = receive_all(connection, slack)[-1]
    for _ in range(3):
        work_off(Received._meta.label_lower)
        work_off(Fact._meta.label_lower)

    received.refresh_from_db()
    assert (received.state, received.outcome) == ("done", "ignored")
