"""What becomes of an incident's channel: archived after the end, kept, brought back, replaced, lost and found."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from accounts.actors import Actor
from accounts.models import User
from chatops.models import Room, RoomStep
from common import clock
from connections.models import Connection, Delivery
from incidents.models import Incident
from incidents.operations import lifecycle, people, talk
from tests.factories import link_identity, make_incident
from tests.fakes.slack_server import Channel, FakeSlack, Person, refused
from tests.integrations.slack.working import receive_all, texts, work

_DAY = 24 * 3600


def later(slack: FakeSlack, seconds: float) -> None:
    """So long after, at once; then most of a minute of work."""
    clock.shift(timedelta(seconds=seconds))
    slack.shift(seconds)
    work(slack, seconds=45)


@pytest.fixture
def there(slack: FakeSlack, connection: Connection, ada: User, bo: User, cleo: User) -> dict[str, Person]:
    """Ada, Bo and Cleo in Slack, linked."""
    found = {}
    for user in (ada, bo, cleo):
        person = slack.person(user.name, user.email)
        link_identity(user, f"slack:{slack.world.team_id}", person.id)
        found[user.handle] = person
    return found


@pytest.fixture
def declared(slack: FakeSlack, there: dict[str, Person], ada: User) -> Incident:
    incident = make_incident("Checkout 5xx", by=ada, severity=4)
    work(slack, seconds=30)
    return incident


@pytest.fixture
def private(slack: FakeSlack, there: dict[str, Person], ada: User, bo: User, actor_ada: Actor) -> Incident:
    incident = make_incident("Leaked key", by=ada, severity=4, is_private=True)
    people.invite(number=incident.pk, user=bo, by=actor_ada)
    work(slack, seconds=30)
    return incident


def room_of(incident: Incident) -> Room:
    return Room.objects.get(incident=incident, is_current=True)


def channel_of(slack: FakeSlack, incident: Incident) -> Channel:
    return slack.world.channels[room_of(incident).outside_id]


def posted(slack: FakeSlack, channel: Channel) -> list[str]:
    return [str(post["text"]) for post in slack.posts(channel)[1:]]


def system(incident: Incident) -> list[str]:
    told = incident.events.filter(kind__in=["room.step", "room.notice"]).order_by("sequence")
    return list(told.values_list("text", flat=True))


def hear(slack: FakeSlack, connection: Connection) -> None:
    receive_all(connection, slack)
    work(slack, seconds=5)
    slack.outbox.take()


def cancel(incident: Incident, by: Actor) -> None:
    lifecycle.cancel_incident(number=incident.pk, by=by, reason="A false alarm, the probe was wrong")


def reopen(incident: Incident, by: Actor) -> None:
    lifecycle.reopen_incident(number=incident.pk, by=by, reason="It is not a false alarm after all")


@pytest.fixture
def press(slack: FakeSlack, connection: Connection, there: dict[str, Person]) -> Callable[[Channel, str, str], None]:
    """Somebody presses a button of the newest message that has one of this label."""

    def run(channel: Channel, who: str, label: str) -> None:
        slack.outbox.take()
        message = [m for m in channel.in_order() if label in str(m.extra.get("blocks"))][-1]
        slack.press(channel, there[who], message, label)
        hear(slack, connection)

    return run


# --- after the end ------------------------------------------------------------------------------------
def test_a_day_after_the_end_the_channel_is_archived_and_that_is_said_before(
    slack: FakeSlack, declared: Incident, actor_ada: Actor
) -> None:
    channel = channel_of(slack, declared)
    cancel(declared, actor_ada)
    work(slack, seconds=60)

    assert "This channel is archived in 24 hours. To keep it: `/incident channel keep`" in posted(slack, channel)[-1]
    assert not channel.is_archived

    later(slack, _DAY)

    assert channel.is_archived
    assert room_of(declared).archived_at is not None


def test_one_press_keeps_it(
    slack: FakeSlack, declared: Incident, actor_ada: Actor, press: Callable[[Channel, str, str], None]
) -> None:
    channel = channel_of(slack, declared)
    cancel(declared, actor_ada)
    work(slack, seconds=60)

    press(channel, "bo", "Keep the channel")
    later(slack, 2 * _DAY)

    assert not channel.is_archived


def test_reopening_before_it_takes_it_back(slack: FakeSlack, declared: Incident, actor_ada: Actor) -> None:
    channel = channel_of(slack, declared)
    cancel(declared, actor_ada)
    later(slack, 3600)

    reopen(declared, actor_ada)
    later(slack, 2 * _DAY)

    assert slack.journal.calls("conversations.archive", "conversations.unarchive") == []
    assert not channel.is_archived


def test_reopening_after_it_brings_the_channel_back_with_what_was_said_meanwhile(
    slack: FakeSlack, declared: Incident, actor_ada: Actor
) -> None:
    channel = channel_of(slack, declared)
    cancel(declared, actor_ada)
    later(slack, _DAY + 60)
    talk.say(number=declared.pk, text="said while nobody could see it there", by=actor_ada)
    work(slack, seconds=60)
    assert channel.is_archived

    reopen(declared, actor_ada)
    work(slack, seconds=60)

    assert not channel.is_archived
    assert sum("said while nobody" in text for text in posted(slack, channel)) == 1
    assert "Status: investigating" in str(slack.posts(channel)[0]["text"])
    assert not Delivery.objects.filter(dead_at__isnull=False).exists()


def test_where_slack_refuses_to_bring_it_back_another_channel_takes_its_place(
    slack: FakeSlack, declared: Incident, actor_ada: Actor, there: dict[str, Person]
) -> None:
    old = channel_of(slack, declared)
    cancel(declared, actor_ada)
    later(slack, _DAY + 60)
    talk.say(number=declared.pk, text="one more thing", by=actor_ada)
    slack.fail("conversations.unarchive", refused("not_in_channel"))

    reopen(declared, actor_ada)
    work(slack, seconds=60)

    new = channel_of(slack, declared)
    assert new.id != old.id
    assert there["ada"].id in new.members
    assert "one more thing" in posted(slack, new)


def test_a_merged_incident_s_channel_is_archived_too(
    slack: FakeSlack, declared: Incident, ada: User, actor_ada: Actor
) -> None:
    gone = make_incident("Checkout slow", by=ada, severity=4)
    work(slack, seconds=30)
    channel = channel_of(slack, gone)

    lifecycle.merge_incidents(source=gone.pk, into=declared.pk, by=actor_ada)
    later(slack, _DAY + 60)

    assert channel.is_archived
    assert not channel_of(slack, declared).is_archived


def test_it_is_not_archived_before_everything_is_shown_there(
    slack: FakeSlack, declared: Incident, actor_ada: Actor
) -> None:
    channel = channel_of(slack, declared)
    slack.fail("chat.postMessage", refused("internal_error"), times=None)
    talk.say(number=declared.pk, text="the last word", by=actor_ada)
    cancel(declared, actor_ada)
    later(slack, _DAY + 600)
    assert not channel.is_archived

    slack.heal()
    later(slack, 600)

    assert channel.is_archived
    assert "the last word" in "".join(posted(slack, channel))


def test_zero_hours_means_never(slack: FakeSlack, declared: Incident, actor_ada: Actor, settings: object) -> None:
    settings.ARCHIVE_AFTER = timedelta()  # type: ignore[attr-defined]

    cancel(declared, actor_ada)
    later(slack, 3 * _DAY)

    assert not channel_of(slack, declared).is_archived


# --- a channel that people took away ------------------------------------------------------------------
@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("delete_channel", "In Slack the channel was deleted."),
        ("archive", "The channel was archived in Slack."),
        ("remove_bot", "In Slack the app was removed from the channel."),
    ],
)
def test_a_channel_that_is_taken_away_is_said_and_nothing_is_given_up(
    slack: FakeSlack,
    connection: Connection,
    declared: Incident,
    actor_ada: Actor,
    there: dict[str, Person],
    how: str,
    words: str,
) -> None:
    channel = channel_of(slack, declared)
    slack.outbox.take()
    take_away = getattr(slack, how)
    take_away(channel) if how == "remove_bot" else take_away(channel, there["bo"])
    hear(slack, connection)
    slack.journal.clear()

    for number in range(3):
        talk.say(number=declared.pk, text=f"line {number}", by=actor_ada)
    later(slack, 3600)

    assert [text for text in system(declared) if text.startswith(words)] == [
        f"{words} Lines wait here until it is back; `/incident channel new` makes another one."
    ]
    assert slack.journal.calls("chat.postMessage") == []
    assert not Delivery.objects.filter(dead_at__isnull=False).exists()

    slack.command(slack.channel("general", there["bo"]), there["bo"], f"/incident channel new #{declared.pk}")
    hear(slack, connection)
    work(slack, seconds=60)

    new = channel_of(slack, declared)
    assert new.id != channel.id
    lines = [text.split("\n")[0] for text in posted(slack, new) if text.startswith("line")]
    assert lines == ["line 0", "line 1", "line 2"]


def test_without_the_event_the_first_refusal_is_enough(
    slack: FakeSlack, connection: Connection, declared: Incident, actor_ada: Actor, there: dict[str, Person]
) -> None:
    slack.delete_channel(channel_of(slack, declared), there["bo"])
    slack.outbox.take()
    slack.journal.clear()

    for number in range(5):
        talk.say(number=declared.pk, text=f"line {number}", by=actor_ada)
    later(slack, 3600)

    assert len(slack.journal.calls("chat.postMessage")) == 1
    assert not Delivery.objects.filter(dead_at__isnull=False).exists()
    assert room_of(declared).lost_at is not None
    assert sum("`/incident channel new`" in text for text in system(declared)) == 1


def test_steps_wait_too(
    slack: FakeSlack, connection: Connection, declared: Incident, actor_ada: Actor, cleo: User, there: dict[str, Person]
) -> None:
    channel = channel_of(slack, declared)
    slack.archive(channel, there["bo"])
    slack.outbox.take()

    people.invite(number=declared.pk, user=cleo, by=actor_ada)
    later(slack, 600)
    assert not RoomStep.objects.filter(state=RoomStep.DEAD).exists()
    slack.unarchive(channel, there["bo"])
    hear(slack, connection)
    work(slack, seconds=60)

    assert there["cleo"].id in channel.members


def test_a_channel_that_people_bring_back_is_caught_up(
    slack: FakeSlack, connection: Connection, declared: Incident, actor_ada: Actor, there: dict[str, Person]
) -> None:
    channel = channel_of(slack, declared)
    slack.archive(channel, there["bo"])
    hear(slack, connection)
    talk.say(number=declared.pk, text="meanwhile", by=actor_ada)
    later(slack, 600)

    slack.unarchive(channel, there["bo"])
    hear(slack, connection)
    work(slack, seconds=30)

    assert [text for text in posted(slack, channel) if "meanwhile" in text] != []
    assert system(declared)[-1] == "The channel was brought back in Slack."
    assert room_of(declared).lost_at is None


def test_the_app_invited_again_goes_on(
    slack: FakeSlack, connection: Connection, declared: Incident, actor_ada: Actor, there: dict[str, Person]
) -> None:
    channel = channel_of(slack, declared)
    slack.remove_bot(channel)
    hear(slack, connection)
    talk.say(number=declared.pk, text="meanwhile", by=actor_ada)
    work(slack, seconds=60)

    slack.invite(channel, slack.world.bot, there["bo"])
    hear(slack, connection)
    work(slack, seconds=30)

    assert any("meanwhile" in text for text in posted(slack, channel))


def test_our_own_archiving_is_no_news(
    slack: FakeSlack, connection: Connection, declared: Incident, actor_ada: Actor
) -> None:
    slack.outbox.take()
    cancel(declared, actor_ada)
    later(slack, _DAY + 60)
    before = system(declared)

    hear(slack, connection)

    assert system(declared) == before
    assert room_of(declared).lost_at is None


def test_another_channel_is_only_made_where_one_is_missing(
    slack: FakeSlack, connection: Connection, declared: Incident, there: dict[str, Person]
) -> None:
    slack.outbox.take()
    channel = channel_of(slack, declared)

    slack.command(channel, there["bo"], "/incident channel new")
    hear(slack, connection)

    assert len(slack.journal.calls("conversations.create")) == 1


def test_another_name_is_followed(
    slack: FakeSlack, connection: Connection, declared: Incident, there: dict[str, Person]
) -> None:
    slack.outbox.take()
    slack.rename(channel_of(slack, declared), "inc-the-big-one")

    hear(slack, connection)

    assert room_of(declared).name == "inc-the-big-one"
    assert system(declared)[-1] == "the channel is called inc-the-big-one now"


def test_another_id_is_followed_and_lines_are_known_by_it(
    slack: FakeSlack, connection: Connection, declared: Incident, actor_ada: Actor, there: dict[str, Person]
) -> None:
    channel = channel_of(slack, declared)
    slack.outbox.take()
    said = slack.say(channel, there["bo"], "said before").event["ts"]
    hear(slack, connection)

    slack.change_id(channel)
    hear(slack, connection)
    slack.edit(channel, said, "said before, and corrected")
    hear(slack, connection)
    talk.say(number=declared.pk, text="said after", by=actor_ada)
    work(slack, seconds=30)

    assert texts(declared) == ["said before, and corrected", "said after"]
    assert "said after" in posted(slack, channel)


# --- private incidents --------------------------------------------------------------------------------
def test_who_is_taken_out_of_a_private_incident_is_taken_out_of_its_channel(
    slack: FakeSlack, private: Incident, bo: User, actor_ada: Actor, there: dict[str, Person]
) -> None:
    channel = channel_of(slack, private)
    assert channel.is_private
    assert there["bo"].id in channel.members

    people.remove_member(number=private.pk, user=bo, by=actor_ada)
    work(slack, seconds=30)

    assert there["bo"].id not in channel.members
    assert there["ada"].id in channel.members


def test_one_who_can_not_be_taken_out_keeps_nobody_else_in(
    slack: FakeSlack, private: Incident, bo: User, cleo: User, actor_ada: Actor, there: dict[str, Person]
) -> None:
    people.invite(number=private.pk, user=cleo, by=actor_ada)
    work(slack, seconds=30)
    channel = channel_of(slack, private)
    slack.fail("conversations.kick", refused("restricted_action"), times=1)

    for gone in (bo, cleo):
        people.remove_member(number=private.pk, user=gone, by=actor_ada)
    work(slack, seconds=30)

    step = RoomStep.objects.get(room__incident=private, name="remove")
    assert (step.state, channel.members.count(there["bo"].id) + channel.members.count(there["cleo"].id)) == ("dead", 1)
    assert step.last_error.startswith("Still in the channel: Bo: Slack refuses")
    step.revive()
    work(slack, seconds=30)
    assert not {there["bo"].id, there["cleo"].id} & set(channel.members)


def test_who_leaves_a_private_incident_leaves_its_channel(
    slack: FakeSlack, private: Incident, actor_bo: Actor, there: dict[str, Person]
) -> None:
    people.leave(number=private.pk, by=actor_bo)
    work(slack, seconds=30)

    assert there["bo"].id not in channel_of(slack, private).members


def test_who_leaves_an_open_incident_stays_in_its_channel(
    slack: FakeSlack, declared: Incident, bo: User, actor_ada: Actor, actor_bo: Actor, there: dict[str, Person]
) -> None:
    people.invite(number=declared.pk, user=bo, by=actor_ada)
    work(slack, seconds=30)

    people.leave(number=declared.pk, by=actor_bo)
    work(slack, seconds=30)

    assert there["bo"].id in channel_of(slack, declared).members


def test_somebody_brought_in_by_slack_sees_nothing_and_the_room_is_told_once(
    slack: FakeSlack, connection: Connection, private: Incident, cleo: User, there: dict[str, Person]
) -> None:
    channel = channel_of(slack, private)
    slack.outbox.take()

    for _ in range(2):
        slack.invite(channel, there["cleo"], there["bo"])
        hear(slack, connection)
        channel.members.remove(there["cleo"].id)
    work(slack, seconds=30)

    told = [text for text in posted(slack, channel) if "brought into the private channel" in text]
    assert len(told) == 1
    assert not Incident.objects.visible_to(cleo).filter(pk=private.pk).exists()


def test_members_who_come_in_by_slack_are_no_news(
    slack: FakeSlack, connection: Connection, private: Incident, there: dict[str, Person]
) -> None:
    channel = channel_of(slack, private)
    slack.outbox.take()
    channel.members.remove(there["bo"].id)

    slack.join(channel, there["bo"])
    hear(slack, connection)

    assert not any("brought into" in text for text in system(private))
