"""Threat 2: what pretends to be Slack, or somebody in Slack who is not who they seem, changes nothing.

Each case goes through the real entrance and handler, and ends refused or harmless, with the reason said. Those
about people go through both ways in: signed HTTP, and Socket Mode, where Slack vouches for the request.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from accounts.actors import SYSTEM, Actor
from accounts.linking import link_url
from accounts.models import Identity, User
from chatops.models import Room
from chatops.rooms import plan_room
from common import clock
from connections.models import Connection, Received
from connections.operations import open_lane, switch_connection
from incidents.models import Incident
from incidents.operations.people import invite, remove_member
from integrations.kit.door import HookDoor
from integrations.kit.receiving import Receiver
from integrations.slack import learning
from tests.factories import link_identity, make_private_incident
from tests.fakes.slack_server import Channel, FakeSlack, Person
from tests.fakes.slack_server.outbox import Parcel, event_parcel, form_parcel
from tests.integrations.slack.conftest import SECRET
from tests.integrations.slack.house import House, signature
from tests.integrations.slack.working import receive_all, work

pytestmark = pytest.mark.django_db(transaction=True)

COMMAND = "/incident sev 1 mine now"


@pytest.fixture
def house(
    slack: FakeSlack,
    connection: Connection,
    incident: Incident,
    channel: Channel,
    ada: User,
    bo: User,
    cleo: User,
    dan: User,
    ada_there: Person,
) -> Iterator[House]:
    people = {
        "ada": ada_there,
        "bo": slack.person("Bo"),
        "cleo": slack.person("Cleo", "cleo@elsewhere.test"),
        "dan": slack.person("Dan"),
        "guest": slack.person("Gus", "gus@elsewhere.test", is_guest=True),
        "gone": slack.person("Gone", "gone@elsewhere.test", is_gone=True),
        "bot": slack.person("Robot", "robot@elsewhere.test", is_bot=True),
        "stranger": slack.person("Strange", "strange@elsewhere.test"),
    }
    people["stranger"].team = "T0ELSEWHERE"
    users = {"ada": ada, "bo": bo, "cleo": cleo, "dan": dan}
    for name in ("ada", "bo", "dan"):
        link_identity(users[name], f"slack:{slack.world.team_id}", people[name].id)
    # Accounts were linked once, before they were what they are now.
    for name in ("guest", "gone", "bot"):
        link_identity(bo, f"slack:{slack.world.team_id}", people[name].id)
    link_identity(bo, "slack:T0ELSEWHERE", people["stranger"].id)
    channel.members.extend(person.id for person in people.values())
    work(slack, seconds=5)
    door, receiver = HookDoor(), Receiver()
    door.start()
    receiver.start()
    yield House(slack, connection, door, receiver, incident, channel, users, people)
    door.stop()
    receiver.stop()


Way = Callable[[Parcel], int]


@dataclass(frozen=True)
class Case:
    """An attack: what is sent, how the entrance answers, and which words must be said about it."""

    name: str
    attack: Callable[..., int]
    status: int
    words: str


_SIGNATURE: list[Case] = []
_PEOPLE: list[Case] = []


def signature_case(name: str, status: int = 401, words: str = "") -> Callable[[Callable[[House], int]], None]:
    def keep(attack: Callable[[House], int]) -> None:
        _SIGNATURE.append(Case(name, attack, status, words))

    return keep


def people_case(name: str, words: str) -> Callable[[Callable[[House, Way], int]], None]:
    def keep(attack: Callable[[House, Way], int]) -> None:
        _PEOPLE.append(Case(name, attack, 200, words))

    return keep


# --- Is it Slack? -----------------------------------------------------------------------------------------


@signature_case("the secret of another app")
def _(house: House) -> int:
    return house.post(house.typed(COMMAND), secret="the-secret-of-another-app")


@signature_case("no signature")
def _(house: House) -> int:
    return house.post(house.typed(COMMAND), **{"x-slack-signature": None})


@signature_case("no time")
def _(house: House) -> int:
    return house.post(house.typed(COMMAND), **{"x-slack-request-timestamp": None})


@signature_case("six minutes old")
def _(house: House) -> int:
    return house.post(house.typed(COMMAND), at=clock.now().timestamp() - 360)


@signature_case("six minutes ahead")
def _(house: House) -> int:
    return house.post(house.typed(COMMAND), at=clock.now().timestamp() + 360)


@signature_case("a time that is no number")
def _(house: House) -> int:
    parcel = house.typed(COMMAND)
    return house.post(
        parcel, **{"x-slack-request-timestamp": "now", "x-slack-signature": signature(SECRET, "now", parcel.body)}
    )


@signature_case("a time changed after signing")
def _(house: House) -> int:
    parcel = house.typed(COMMAND)
    old = str(int(clock.now().timestamp()) - 3600)
    fresh = str(int(clock.now().timestamp()))
    return house.post(
        parcel, **{"x-slack-request-timestamp": fresh, "x-slack-signature": signature(SECRET, old, parcel.body)}
    )


@signature_case("one byte changed after signing")
def _(house: House) -> int:
    parcel = house.typed("/incident sev 2")
    stamp = str(int(clock.now().timestamp()))
    changed = Parcel(parcel.door, parcel.body.replace(b"sev+2", b"sev+1"), parcel.content_type)
    assert changed.body != parcel.body
    return house.post(changed, **{"x-slack-signature": signature(SECRET, stamp, parcel.body)})


@signature_case("another version of the signature")
def _(house: House) -> int:
    parcel = house.typed(COMMAND)
    made = parcel.headers(SECRET, clock.now().timestamp())["X-Slack-Signature"]
    return house.post(parcel, **{"x-slack-signature": made.replace("v0=", "v1=")})


@signature_case("a signature of odd characters")
def _(house: House) -> int:
    return house.post(house.typed(COMMAND), **{"x-slack-signature": "v0=\xff\xfe"})


@signature_case("an empty secret here, and a signature made with it")
def _(house: House) -> int:
    house.connection.put_secrets({**house.connection.secrets, "signing_secret": ""})
    house.connection.save()
    return house.post(house.typed(COMMAND), secret="")


@signature_case("a secret of blanks here, and a signature made with it")
def _(house: House) -> int:
    house.connection.put_secrets({**house.connection.secrets, "signing_secret": " , "})
    house.connection.save()
    parcel = house.typed(COMMAND)
    return house.post(parcel, secret=" ")


@signature_case("the former secret, after it was ended")
def _(house: House) -> int:
    house.connection.put_secrets({**house.connection.secrets, "signing_secret": "the-new-one"})
    house.connection.save()
    return house.post(house.typed(COMMAND), secret=SECRET)


@signature_case("the connection is switched off")
def _(house: House) -> int:
    switch_connection(connection=house.connection, on=False, by=Actor.person(house.users["ada"], "web"))
    status = house.post(house.typed(COMMAND))
    Connection.objects.update(is_on=True)
    return status


@signature_case("an event of somebody else's, sent to another entrance", 200, "team_id is no id")
def _(house: House) -> int:
    parcel = house.slack.say(house.channel, house.people["bo"], COMMAND)
    return house.post(Parcel("commands", parcel.body, parcel.content_type))


@signature_case("the deprecated token in place of a signature")
def _(house: House) -> int:
    parcel = house.typed(COMMAND, token="the-verification-token")
    return house.post(parcel, **{"x-slack-signature": None})


@pytest.mark.parametrize("case", _SIGNATURE, ids=lambda case: case.name)
def test_what_is_not_slacks_is_refused(house: House, case: Case) -> None:
    before = house.state()
    rows = Received.objects.count()

    status = case.attack(house)

    assert status == case.status
    assert house.state() == before
    assert Received.objects.count() == rows + (case.status == 200)
    assert case.words in house.said()


def test_what_is_slacks_is_taken_with_either_secret_while_it_is_changed(house: House) -> None:
    """The attacks above fail for their own reason, not because nothing works here."""
    house.connection.put_secrets({**house.connection.secrets, "signing_secret": f"the-new-one,{SECRET}"})
    house.connection.save()

    old = house.post(house.typed("/incident sev 3"), secret=SECRET)
    new = house.post(house.typed("/incident sev 1"), secret="the-new-one")

    house.incident.refresh_from_db()
    assert (old, new, house.incident.severity) == (200, 200, 1)


def test_a_replay_is_answered_the_same_and_does_nothing(house: House) -> None:
    parcel = house.typed("/incident task add call the bank")
    statuses = [house.post(parcel) for _ in range(5)]
    again = house.post(parcel, at=clock.now().timestamp() + 30, x_slack_retry_num="1")

    assert [*statuses, again] == [200] * 6
    assert house.incident.action_items.count() == 1
    assert Received.objects.filter(door="slack/commands").count() == 1


# --- Who is it? -------------------------------------------------------------------------------------------


@people_case("another workspace's command", "from another workspace: T0ELSEWHERE")
def _(house: House, send: Way) -> int:
    return send(house.typed(COMMAND, team_id="T0ELSEWHERE"))


@people_case("another workspace's event", "from another workspace: T0ELSEWHERE")
def _(house: House, send: Way) -> int:
    event = {"type": "app_uninstalled"}
    elsewhere = [{"team_id": "T0ELSEWHERE", "user_id": "U1", "is_bot": True}]
    return send(house.slack.event(event, team_id="T0ELSEWHERE", authorizations=elsewhere))


@people_case("another app", "for another app: A0OTHER")
def _(house: House, send: Way) -> int:
    house.connection.refresh_from_db()
    house.connection.settings = {**house.connection.settings, "app_id": house.slack.world.app_id}
    house.connection.save()
    return send(house.typed(COMMAND, api_app_id="A0OTHER"))


@people_case("a guest's command", "bots and guests can't run them")
def _(house: House, send: Way) -> int:
    return send(house.typed(COMMAND, "guest"))


@people_case("a deleted person's command", "bots and guests can't run them")
def _(house: House, send: Way) -> int:
    return send(house.typed(COMMAND, "gone"))


@people_case("a bot's command", "bots and guests can't run them")
def _(house: House, send: Way) -> int:
    return send(house.typed(COMMAND, "bot"))


@people_case("a bot that mentions us", "a line")
def _(house: House, send: Way) -> int:
    return send(house.slack.say(house.channel, house.people["bot"], f"<@{house.slack.world.bot.id}> incident sev 1"))


@people_case("a stranger of a shared channel who mentions us", "bots and guests can't run them")
def _(house: House, send: Way) -> int:
    text = f"<@{house.slack.world.bot.id}> incident sev 1"
    return send(house.slack.say(house.channel, house.people["stranger"], text, user_team="T0ELSEWHERE"))


@people_case("a stranger of a shared channel who presses a button", "bots and guests can't run them")
def _(house: House, send: Way) -> int:
    return send(house.pressed("/incident sev 1", "stranger"))


@people_case("a line edited into a command", "an edit")
def _(house: House, send: Way) -> int:
    send(house.slack.say(house.channel, house.people["bo"], "good morning"))
    ts = max(house.channel.messages)
    return send(house.slack.edit(house.channel, ts, f"<@{house.slack.world.bot.id}> incident sev 1"))


@people_case("somebody whom nobody has linked", "I don't know which account you are.")
def _(house: House, send: Way) -> int:
    return send(house.typed(COMMAND, "cleo"))


@people_case("somebody who calls themselves Ada", "I don't know which account you are.")
def _(house: House, send: Way) -> int:
    house.people["cleo"].name = "Ada"
    return send(house.typed(COMMAND, "cleo", user_name="ada"))


@people_case("somebody with Bo's address", "I don't know which account you are.")
def _(house: House, send: Way) -> int:
    house.people["cleo"].email = house.users["bo"].email
    return send(house.typed(COMMAND, "cleo"))


@people_case("a viewer", "You can't")
def _(house: House, send: Way) -> int:
    return send(house.typed(COMMAND, "dan"))


@people_case("an account that was deactivated", "I don't know which account you are.")
def _(house: House, send: Way) -> int:
    User.objects.filter(pk=house.users["bo"].pk).update(is_active=False)
    return send(house.typed(COMMAND, "bo"))


@people_case("an account that was made a viewer a moment ago", "You can't")
def _(house: House, send: Way) -> int:
    User.objects.filter(pk=house.users["bo"].pk).update(role="viewer")
    return send(house.typed(COMMAND, "bo"))


@people_case("a button made up for a private incident", "There is no incident #")
def _(house: House, send: Way) -> int:
    secret = make_private_incident(by=house.users["ada"])
    work(house.slack, seconds=5)
    house.baseline = house.state()  # type: ignore[attr-defined]
    status = send(house.pressed(f"/incident sev 1 #{secret.pk}"))
    assert secret.title not in str(house.slack.responses)
    return status


@people_case("a button that is not one of ours", "a button that only opens a page")
def _(house: House, send: Way) -> int:
    return send(house.pressed(COMMAND, action_id="something_else"))


@people_case("a button with a value that is no command", "a command, answered to one person")
def _(house: House, send: Way) -> int:
    return send(house.pressed("sev 1; DROP TABLE incidents"))


@people_case("a command of somebody removed from the private incident", "This room has no incident.")
def _(house: House, send: Way) -> int:
    there = _private_channel(house)
    remove_member(number=house.secret.pk, user=house.users["bo"], by=SYSTEM)  # type: ignore[attr-defined]
    work(house.slack, seconds=5)
    house.baseline = house.state()  # type: ignore[attr-defined]
    return send(house.typed(COMMAND, "bo", channel=there))


def _private_channel(house: House) -> Channel:
    """A private incident that Bo is in, with its channel; Bo still sits in the channel afterwards."""
    secret = make_private_incident(by=house.users["ada"])
    invite(number=secret.pk, user=house.users["bo"], by=SYSTEM)
    house.secret = secret  # type: ignore[attr-defined]
    room = Room.objects.filter(incident=secret).first() or plan_room(secret, house.connection, generation=0)
    there = house.slack.channel("inc-private", house.people["bo"], is_private=True)
    room.steps.all().delete()
    Room.objects.filter(pk=room.pk).update(outside_id=there.id, name=there.name)
    open_lane(room.lane, there.id)
    return there


@people_case("a form of somebody else's", "a form of somebody else's")
def _(house: House, send: Way) -> int:
    return send(_forged_form(house, _open_form(house, "bo"), "dan"))


@people_case("a form with a made-up token", "a form of somebody else's")
def _(house: House, send: Way) -> int:
    view = _open_form(house, "bo")
    return send(_forged_form(house, view, "bo", private_metadata="../../1"))


@people_case("a form with the token of a form that never was", "a form of somebody else's")
def _(house: House, send: Way) -> int:
    view = _open_form(house, "bo")
    return send(_forged_form(house, view, "bo", private_metadata="99999999999999999999"))


@people_case("a form sent after the person was made a viewer", "You can't")
def _(house: House, send: Way) -> int:
    view = _open_form(house, "bo")
    User.objects.filter(pk=house.users["bo"].pk).update(role="viewer")
    return send(_forged_form(house, view, "bo"))


def _open_form(house: House, who: str) -> Any:
    house.post(house.typed("/incident sev --form", who))
    view = house.slack.view(house.people[who])
    assert view is not None, house.said()
    return view


def _forged_form(house: House, view: Any, who: str, **changes: Any) -> Parcel:
    """What a form would send, with parts of it changed."""
    import json
    from urllib.parse import parse_qs

    parcel = house.slack.submit(view, house.people[who], severity="1", sev="1")
    payload = json.loads(parse_qs(parcel.body.decode())["payload"][0])
    payload["view"] |= changes
    return form_parcel("interactions", {"payload": json.dumps(payload)})


@people_case("an answer that is to go to an inside address", "The address for the answer is not Slack's.")
def _(house: House, send: Way) -> int:
    return send(house.typed("/incident help", "bo", response_url="http://169.254.169.254/latest/meta-data"))


@people_case("a message menu used by a guest", "bots and guests can't run them")
def _(house: House, send: Way) -> int:
    send(house.slack.say(house.channel, house.people["bo"], "the database is down"))
    message = house.channel.messages[max(house.channel.messages)]
    place = {"channel": {"id": house.channel.id, "name": house.channel.name}, "message": message.as_json()}
    address = {"response_url": house.slack.response_address()}
    return send(
        house.slack.interact(
            "message_action", house.people["guest"], callback_id="task_add", message_ts=message.ts, **place, **address
        )
    )


@people_case("a person's own token revoked, as if it were the app's", "a person's token, not ours")
def _(house: House, send: Way) -> int:
    return send(house.slack.event({"type": "tokens_revoked", "tokens": {"oauth": [house.people["bo"].id]}}))


@people_case("an event that is no event", "event is no object")
def _(house: House, send: Way) -> int:
    return send(event_parcel({**house.slack.envelope({}), "event": "sev 1"}))


@pytest.mark.parametrize("way", ["http", "socket"])
@pytest.mark.parametrize("case", _PEOPLE, ids=lambda case: case.name)
def test_who_is_not_who_they_seem_changes_nothing(house: House, case: Case, way: str) -> None:
    before = house.state()

    status = case.attack(house, house.post if way == "http" else house.push)

    assert status == case.status
    assert house.state() == getattr(house, "baseline", before) or case.name.startswith("an account that")
    house.incident.refresh_from_db()
    assert house.incident.severity == 2
    assert case.words in house.said(), house.said()
    assert not house.incident.action_items.exists()


def test_the_same_done_by_who_may_is_done(house: House) -> None:
    """The cases above fail for their own reason: a button, a form and a private room work for who may."""
    house.post(_forged_form(house, _open_form(house, "bo"), "bo"))
    house.incident.refresh_from_db()
    assert house.incident.severity == 1

    house.post(house.pressed("/incident sev 3"))
    house.incident.refresh_from_db()
    assert house.incident.severity == 3

    there = _private_channel(house)
    house.post(house.typed(COMMAND, "bo", channel=there))
    assert Incident.objects.get(is_private=True).severity == 1


def test_there_are_at_least_thirty_of_them() -> None:
    assert len(_SIGNATURE) + len(_PEOPLE) >= 30


# --- Links ------------------------------------------------------------------------------------------------


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_a_link_for_somebody_who_is_linked_already_takes_nobody_over(house: House) -> None:
    """Dan opens the link that Bo's account in Slack was answered with."""
    token = link_url(f"slack:{house.slack.world.team_id}", house.people["bo"].id).rsplit("/", 1)[-1]

    answer = _signed_in(house.users["dan"]).post(f"/me/link/{token}")

    assert answer.status_code == 409
    assert Identity.objects.get(outside_id=house.people["bo"].id).user == house.users["bo"]


@pytest.mark.parametrize(
    "change",
    [lambda token: token[:-1] + ("B" if token.endswith("A") else "A"), lambda token: "x" + token, lambda token: ""],
)
def test_a_link_that_was_changed_links_nobody(house: House, change: Callable[[str], str]) -> None:
    house.post(house.typed(COMMAND, "cleo"))
    token = link_url(f"slack:{house.slack.world.team_id}", house.people["cleo"].id).rsplit("/", 1)[-1]

    answer = _signed_in(house.users["dan"]).post(f"/me/link/{change(token)}")

    assert answer.status_code in (400, 404)
    assert Identity.objects.get(outside_id=house.people["cleo"].id).user is None


def test_opening_a_link_links_nobody_yet(house: House) -> None:
    """Programs follow links: only the button does it."""
    house.post(house.typed(COMMAND, "cleo"))
    token = link_url(f"slack:{house.slack.world.team_id}", house.people["cleo"].id).rsplit("/", 1)[-1]

    answer = _signed_in(house.users["dan"]).get(f"/me/link/{token}")

    assert answer.status_code == 200
    assert Identity.objects.get(outside_id=house.people["cleo"].id).user is None


def test_before_slack_has_said_which_workspace_this_is_nothing_is_believed(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, bo: User
) -> None:
    person = slack.person("Bo")
    link_identity(bo, f"slack:{slack.world.team_id}", person.id)
    slack.revoke_token()
    slack.command(channel, person, COMMAND)

    receive_all(connection, slack)
    work(slack, seconds=10)

    incident.refresh_from_db()
    assert incident.severity == 2
    assert learning.own_of(connection) is None
