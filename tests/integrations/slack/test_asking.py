"""Who it is that writes in Slack, and what they may have done by it."""

import pytest

from accounts.models import Identity, User
from chatops.models import Heard
from connections.models import Connection
from incidents.models import Incident
from integrations.slack.models import Fact, Waiting
from tests.factories import link_identity
from tests.fakes.slack_server import Channel, FakeSlack, Person, broken, rate_limited, refused
from tests.integrations.slack.working import lines, receive, receive_all, texts, work


# --- who it is -----------------------------------------------------------------------------------
def test_somebody_new_is_met_before_their_line_is_written(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel
) -> None:
    cleo, dan = slack.person("Cleo"), slack.person("Dan")
    receive(connection, slack.say(channel, cleo, f"ask <@{dan.id}>"))

    work(slack)

    line = lines(incident)[0]
    assert (line.actor_name, line.shown_text) == ("Cleo", "ask @Dan")
    assert len(slack.journal.calls("users.info")) == 2
    assert not Waiting.objects.exists()


def test_people_are_asked_for_once(slack: FakeSlack, connection: Connection, channel: Channel) -> None:
    cleo = slack.person("Cleo")
    for text in ("one", "two", "three"):
        receive(connection, slack.say(channel, cleo, text))

    work(slack)

    assert len(slack.journal.calls("users.info")) == 1
    assert len(slack.journal.calls("auth.test")) == 1


def test_linked_people_are_mentioned_by_their_handle(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    receive(connection, slack.say(channel, ada_linked, f"<@{ada_linked.id}> is me"))

    work(slack)

    assert texts(incident) == ["@ada is me"]


def test_when_slack_can_not_say_who_it_is_the_line_comes_all_the_same(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel
) -> None:
    slack.fail("users.info", broken(), times=None)
    receive(connection, slack.say(channel, slack.person("Cleo"), "anybody?"))

    work(slack, seconds=20)

    assert texts(incident) == ["anybody?"]


def test_a_line_does_not_wait_out_a_long_pause(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel
) -> None:
    slack.fail("users.info", rate_limited(60))
    receive(connection, slack.say(channel, slack.person("Cleo"), "anybody?"))
    receive(connection, slack.say(channel, slack.person("Dan"), "me"))

    work(slack, seconds=5)

    assert sorted(texts(incident)) == ["anybody?", "me"]
    assert len(slack.journal.calls("users.info")) == 1


def test_an_answer_of_an_odd_shape_keeps_no_line_waiting(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Person, "as_json", lambda self: ["no", "record"])
    receive(connection, slack.say(channel, slack.person("Cleo"), "anybody?"))

    work(slack, seconds=20)

    assert texts(incident) == ["anybody?"]


def test_a_changed_record_is_remembered(slack: FakeSlack, connection: Connection, channel: Channel) -> None:
    cleo = slack.person("Cleo")
    receive(connection, slack.say(channel, cleo, "hi"))
    work(slack)
    cleo.is_guest = True

    receive(connection, slack.change_person(cleo))
    work(slack)

    assert Fact.objects.get(about=Fact.USER, key=cleo.id).answer["is_guest"] is True


# --- commands ------------------------------------------------------------------------------------
def _answers(slack: FakeSlack) -> list[str]:
    return [str(call.params["text"]) for call in slack.journal.calls("response_url") if "text" in call.params]


def test_a_slash_command_is_run_and_answered(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    receive(connection, slack.command(channel, ada_linked, "/incident sev 1 worse"), copies=3)

    work(slack, seconds=5)

    incident.refresh_from_db()
    assert incident.severity == 1
    assert len(_answers(slack)) == 1
    assert "SEV1" in _answers(slack)[0]


def test_a_mention_in_the_channel_is_a_line_and_a_command(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    slack.say(channel, ada_linked, f"<@{slack.world.bot.id}> incident sev 1")
    assert [parcel.event["type"] for parcel in slack.outbox.parcels] == ["message", "app_mention"]
    receive_all(connection, slack)

    work(slack, seconds=5)

    incident.refresh_from_db()
    assert incident.severity == 1
    assert texts(incident) == ["@warroom incident sev 1"]
    assert Heard.objects.count() == 1


def test_a_direct_message_is_a_command(slack: FakeSlack, connection: Connection, ada_linked: Person) -> None:
    direct = slack.direct(ada_linked)
    receive(connection, slack.say(direct, ada_linked, "incident list"))

    work(slack, seconds=5)

    assert len(slack.posts(direct)) == 1
    assert "thread_ts" not in slack.posts(direct)[0]


def test_a_button_runs_what_it_stands_for(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person, ada: User
) -> None:
    work(slack, seconds=30)
    card = next(m for m in channel.in_order() if m.is_ours and m.extra.get("blocks"))
    slack.outbox.take()

    receive(connection, slack.press(channel, ada_linked, card, "Be lead"))
    work(slack, seconds=5)

    held = incident.role_assignments.get(role="commander", ended_at__isnull=True)
    assert held.user == ada
    assert slack.posts(channel)[0]["ts"] == card.ts


@pytest.mark.parametrize("flags", [{"is_guest": True}, {"is_bot": True}, {"is_gone": True}], ids=str)
def test_guests_bots_and_who_has_left_run_nothing(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada: User, flags: dict[str, bool]
) -> None:
    other = slack.person("Dan", **flags)
    link_identity(ada, f"slack:{slack.world.team_id}", other.id)
    channel.members.append(other.id)
    receive(connection, slack.command(channel, other, "/incident sev 1"))
    receive(connection, slack.say(channel, other, f"<@{slack.world.bot.id}> incident sev 1"))

    work(slack, seconds=10)

    incident.refresh_from_db()
    assert incident.severity == 2


def test_who_can_not_be_checked_runs_nothing(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    slack.fail("users.info", refused("missing_scope", needed="users:read"), times=None)
    receive(connection, slack.command(channel, ada_linked, "/incident sev 1"))

    work(slack, seconds=10)

    incident.refresh_from_db()
    assert incident.severity == 2
    connection.refresh_from_db()
    assert "users:read" in connection.trouble


def test_an_address_or_a_name_is_no_proof(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada: User
) -> None:
    """Somebody in the workspace calls themselves Ada and has her address: they are still nobody here."""
    twin = slack.person("Ada", email=ada.email)
    receive(connection, slack.command(channel, twin, "/incident sev 1", user_name="ada"))

    work(slack, seconds=10)

    incident.refresh_from_db()
    assert incident.severity == 2
    assert Identity.objects.get(outside_id=twin.id).user is None


# --- whose workspace -----------------------------------------------------------------------------
def test_another_workspace_is_refused(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    body = slack.say(channel, ada_linked, "hello from elsewhere").payload
    authorizations = [{**body["authorizations"][0], "team_id": "T9"}]
    foreign = slack.event(body["event"], team_id="T9", authorizations=authorizations)
    rows = [
        receive(connection, foreign),
        receive(connection, slack.command(channel, ada_linked, "/incident sev 1", team_id="T9")),
    ]

    work(slack, seconds=5)

    incident.refresh_from_db()
    assert (incident.severity, texts(incident)) == (2, [])
    for row in rows:
        row.refresh_from_db()
        assert (row.outcome, row.outcome_text) == ("ignored", "from another workspace: T9")


def test_people_of_another_workspace_are_heard_and_run_nothing(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    ada_linked.team = "T9"
    receive(connection, slack.say(channel, ada_linked, f"<@{slack.world.bot.id}> incident sev 1"))

    work(slack, seconds=5)

    incident.refresh_from_db()
    assert incident.severity == 2
    assert lines(incident)[0].actor is None


def test_nothing_is_heard_before_slack_has_said_who_we_are_and_nothing_is_lost(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    slack.fail("auth.test", broken(), times=4)
    row = receive(connection, slack.say(channel, ada_linked, "early"))

    work(slack, seconds=2)
    assert texts(incident) == []
    row.refresh_from_db()
    assert row.outcome_text == "waits until Slack has said which workspace this is"

    work(slack, seconds=120)
    assert texts(incident) == ["early"]
    connection.refresh_from_db()
    assert connection.settings["realm"] == f"slack:{slack.world.team_id}"
