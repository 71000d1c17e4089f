"""What only Slack does: names of writers, taken names, limits on invites, answers."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache

from chatops.port import Button, Card, Post
from common import clock
from common.errors import PartnerTrouble
from connections.models import Connection
from integrations.slack.chat import SlackChat
from tests.fakes.slack_server import FakeSlack, done_but_silent, rate_limited, refused


@pytest.fixture
def room(chat: SlackChat) -> str:
    return chat.create_room("inc-1-checkout", is_private=False, marker="room:1", look_first=False).outside_id


def _post(text: str = "db is down", **more: object) -> Post:
    return Post(marker="event:1", text=text, **more)  # type: ignore[arg-type]


# --- channels ------------------------------------------------------------------------------------
def test_a_private_room_is_a_private_channel(slack: FakeSlack, chat: SlackChat) -> None:
    made = chat.create_room("inc-150", is_private=True, marker="room:1", look_first=False)

    assert slack.world.channels[made.outside_id].is_private
    assert made.url == f"https://app.slack.com/client/{slack.world.team_id}/{made.outside_id}"


def test_many_taken_names_end_in_a_free_one(slack: FakeSlack, chat: SlackChat) -> None:
    for number in range(7):
        # 28 channels are asked for, more than Slack takes in a minute.
        cache.clear()
        chat.create_room("inc-1-" + "x" * 90, is_private=False, marker=f"room:{number}", look_first=False)

    names = [channel.name for channel in slack.world.channels.values()]
    assert len(set(names)) == 7
    assert all(len(name) <= 80 for name in names)


def test_the_marker_stands_in_the_purpose(slack: FakeSlack, chat: SlackChat, room: str) -> None:
    assert slack.world.channels[room].purpose == "Incident room (warroom room:1)"


def test_a_purpose_that_fails_does_not_undo_the_channel(slack: FakeSlack, chat: SlackChat) -> None:
    slack.fail("conversations.setPurpose", refused("restricted_action"))

    made = chat.create_room("inc-2", is_private=False, marker="room:2", look_first=False)

    assert made.outside_id in slack.world.channels


def test_a_lost_creation_with_a_suffix_is_found_too(slack: FakeSlack, chat: SlackChat, room: str) -> None:
    slack.fail("conversations.create", done_but_silent(), where=lambda params: params["name"].endswith("-2"))
    with pytest.raises(PartnerTrouble):
        chat.create_room("inc-1-checkout", is_private=False, marker="room:2", look_first=False)

    made = chat.create_room("inc-1-checkout", is_private=False, marker="room:2", look_first=True)

    assert made.name == "inc-1-checkout-2"
    assert len(slack.world.channels) == 2


def test_channels_are_listed_only_after_a_lost_answer_and_only_our_own(slack: FakeSlack, chat: SlackChat) -> None:
    chat.create_room("inc-2", is_private=False, marker="room:2", look_first=False)
    assert slack.journal.calls("users.conversations", "conversations.list") == []

    slack.channel("inc-3", slack.person("Ada"))
    chat.create_room("inc-3", is_private=False, marker="room:3", look_first=True)

    assert len(slack.journal.calls("users.conversations")) == 1
    assert slack.journal.calls("conversations.list") == []


# --- people --------------------------------------------------------------------------------------
def test_many_people_are_invited_a_hundred_at_a_time(slack: FakeSlack, chat: SlackChat, room: str) -> None:
    people = [slack.person(f"P{number}").id for number in range(230)]

    invited = chat.invite(room, people)

    assert list(invited.failed) == []
    assert [len(call.params["users"].split(",")) for call in slack.journal.calls("conversations.invite")] == [
        100,
        100,
        30,
    ]


def test_each_person_who_can_not_come_is_named_with_a_reason(slack: FakeSlack, chat: SlackChat, room: str) -> None:
    guest, gone, bo = slack.person("Cleo", is_guest=True), slack.person("Dan", is_gone=True), slack.person("Bo")

    invited = chat.invite(room, [guest.id, gone.id, bo.id, slack.world.bot.id])

    assert dict(invited.failed) == {guest.id: "a guest, who may not join", gone.id: "unknown to Slack"}
    assert bo.id in slack.world.channels[room].members


def test_one_code_for_many_is_sorted_out_one_by_one(slack: FakeSlack, chat: SlackChat, room: str) -> None:
    bo, cleo = slack.person("Bo"), slack.person("Cleo")
    slack.fail("conversations.invite", refused("cant_invite"))

    invited = chat.invite(room, [bo.id, cleo.id])

    assert list(invited.failed) == []
    assert {bo.id, cleo.id} <= set(slack.world.channels[room].members)


def test_trouble_with_the_channel_is_not_blamed_on_people(slack: FakeSlack, chat: SlackChat, room: str) -> None:
    slack.fail("conversations.invite", refused("not_in_channel"))

    with pytest.raises(PartnerTrouble) as trouble:
        chat.invite(room, [slack.person("Bo").id])

    assert trouble.value.permanent


def test_an_address_is_looked_up_once(slack: FakeSlack, chat: SlackChat, connection: Connection) -> None:
    bo = slack.person("Bo")
    chat.people_by_email([bo.email, "nobody@example.com"])

    found = SlackChat(connection).people_by_email([bo.email, "nobody@example.com"])

    assert found == {bo.email: bo.id}
    assert len(slack.journal.calls("users.lookupByEmail")) == 2


def test_a_limit_in_the_middle_of_many_addresses_loses_nothing(slack: FakeSlack, chat: SlackChat) -> None:
    people = [slack.person(f"P{number}") for number in range(4)]
    slack.fail("users.lookupByEmail", rate_limited(1), where=lambda params: params["email"] == people[2].email)
    with pytest.raises(PartnerTrouble) as trouble:
        chat.people_by_email([person.email for person in people])
    assert trouble.value.retry_after == 1

    assert len(slack.journal.calls("users.lookupByEmail", ok=True)) == 2


# --- posts ---------------------------------------------------------------------------------------
def test_a_line_stands_under_the_name_of_its_writer(slack: FakeSlack, chat: SlackChat, room: str) -> None:
    chat.post(room, _post("**hi** <!channel>", author="Cleo"))

    post = slack.posts(room)[0]
    assert post["username"] == "Cleo"
    assert post["text"] == "*hi* &lt;!channel&gt;"
    assert post["metadata"] == {"event_type": "warroom_post", "event_payload": {"marker": "event:1"}}


def test_a_line_has_the_face_of_its_writer_where_slack_can_fetch_it(
    slack: FakeSlack, chat: SlackChat, room: str
) -> None:
    face = "https://warroom.example.org/faces/3-cl.png"

    chat.post(room, _post("hi", author="Cleo", picture=face))
    chat.post(room, _post("hi", author="Cleo"))

    [with_face, without] = slack.posts(room)
    assert with_face["icons"] == {"image_48": face}
    assert "icons" not in without
    assert "icon_url" not in slack.journal.calls("chat.postMessage")[-1].params


def test_without_the_permission_the_name_stands_in_the_text(slack: FakeSlack, chat: SlackChat, room: str) -> None:
    """Slack ignores the name in silence then, so we must know before."""
    slack.world.scopes.discard("chat:write.customize")
    chat.pin(room, chat.post(room, _post("first")))

    ref = chat.post(room, _post("hi", author="C*l&o"))
    chat.edit(room, ref, _post("hi there", author="C*l&o"))

    assert slack.posts(room)[-1]["text"] == "*C*l&amp;o*: hi there"
    assert "username" not in slack.posts(room)[-1]


def test_where_slack_refuses_the_name_it_moves_into_the_text(slack: FakeSlack, chat: SlackChat, room: str) -> None:
    slack.fail("chat.postMessage", refused("missing_scope", needed="chat:write.customize"))

    chat.post(room, _post("hi", author="Cleo"))

    assert [post["text"] for post in slack.posts(room)] == ["*Cleo*: hi"]


def test_a_missing_permission_to_post_is_said(slack: FakeSlack, chat: SlackChat, room: str) -> None:
    slack.world.scopes.discard("chat:write")

    with pytest.raises(PartnerTrouble) as trouble:
        chat.post(room, _post(author="Cleo"))

    assert trouble.value.code == "missing_scope"


def test_a_line_carried_over_says_when_it_was_said(slack: FakeSlack, chat: SlackChat, room: str) -> None:
    chat.post(room, _post(at=datetime(2026, 1, 1, 3, 2, tzinfo=UTC)))

    assert slack.posts(room)[0]["text"] == (
        "db is down\n_said <!date^1767236520^{date_short_pretty} {time}|2026-01-01 03:02 UTC>_"
    )


def test_files_are_links(slack: FakeSlack, chat: SlackChat, room: str) -> None:
    chat.post(room, _post(files=[("graph.png", "https://warroom.example.org/incidents/1/files/2")]))

    assert slack.posts(room)[0]["text"].endswith("📎 <https://warroom.example.org/incidents/1/files/2|graph.png>")


def test_a_public_channel_is_joined_when_posting_needs_it(slack: FakeSlack, chat: SlackChat) -> None:
    incidents = slack.channel("incidents", slack.person("Ada"), with_bot=False)
    slack.world.scopes.discard("chat:write.public")

    chat.post(incidents.id, _post())

    assert [post["text"] for post in slack.posts(incidents)] == ["db is down"]
    assert slack.world.bot.id in incidents.members


def test_an_edit_keeps_the_marker_and_the_buttons(slack: FakeSlack, chat: SlackChat, room: str) -> None:
    card = Card("SEV1", buttons=[Button("Resolve", command="/incident resolve #1")])
    ref = chat.post(room, _post("card", card=card))

    chat.edit(room, ref, _post("card, later", card=card))

    post = slack.posts(room)[0]
    assert post["metadata"]["event_payload"] == {"marker": "event:1"}
    assert post["blocks"][-1]["elements"][0]["value"] == "/incident resolve #1"


def test_a_post_of_somebody_else_with_our_marker_is_not_ours(slack: FakeSlack, chat: SlackChat, room: str) -> None:
    """Any app in the workspace can read and copy metadata."""
    forged = {"event_type": "warroom_post", "event_payload": {"marker": "event:1"}}
    slack.say(slack.world.channels[room], slack.person("Dan", is_bot=True), "x", metadata=forged)

    assert chat.find_post(room, "event:1", clock.now() - timedelta(minutes=5)) == ""


def test_a_post_of_long_ago_is_not_looked_for(slack: FakeSlack, chat: SlackChat, room: str) -> None:
    chat.post(room, _post())

    assert chat.find_post(room, "event:1", clock.now() + timedelta(hours=1)) == ""


def test_a_thread_can_be_named_where_it_is_known(slack: FakeSlack, chat: SlackChat, room: str) -> None:
    parent = chat.post(room, Post(marker="event:0", text="root"))
    ref = chat.post(room, _post(thread_ref=parent))
    slack.journal.clear()

    assert chat.find_post(room, "event:1", clock.now() - timedelta(minutes=5), parent) == ref
    assert slack.journal.calls("conversations.history") == []


# --- answers -------------------------------------------------------------------------------------
def test_an_answer_to_one_takes_the_place_of_working_on_it(slack: FakeSlack, chat: SlackChat) -> None:
    chat.answer(f"{slack.response_address()}#replace", "Only **you**", to_everyone=False)

    assert [dict(call.params) for call in slack.journal.calls("response_url")] == [
        {"text": "Only *you*", "response_type": "ephemeral", "replace_original": True}
    ]


def test_an_answer_to_all_is_new_and_the_placeholder_goes(slack: FakeSlack, chat: SlackChat) -> None:
    chat.answer(f"{slack.response_address()}#replace", "All see this", to_everyone=True)

    assert [dict(call.params) for call in slack.journal.calls("response_url")] == [
        {"text": "All see this", "response_type": "in_channel", "replace_original": False},
        {"delete_original": True},
    ]


def test_a_placeholder_that_stays_does_not_repeat_the_answer(slack: FakeSlack, chat: SlackChat) -> None:
    slack.fail("response_url", done_but_silent(), where=lambda params: "delete_original" in params)

    chat.answer(f"{slack.response_address()}#replace", "All see this", to_everyone=True)

    assert len(slack.journal.calls("response_url")) == 2


def test_the_message_with_the_button_is_never_replaced(slack: FakeSlack, chat: SlackChat) -> None:
    address = slack.response_address()

    chat.answer(address, "Resolved", to_everyone=True)
    chat.answer(address, "Not allowed", to_everyone=False, card=Card("Why"))

    calls = slack.journal.calls("response_url")
    assert [call.params["replace_original"] for call in calls] == [False, False]
    assert calls[1].params["blocks"][0]["type"] == "header"


def test_a_mention_is_answered_in_its_thread(slack: FakeSlack, chat: SlackChat) -> None:
    ada = slack.person("Ada")
    channel = slack.channel("ops", ada)
    slack.say(channel, ada, "question")
    ts = next(iter(channel.messages))

    chat.answer(f"thread:{channel.id}:{ts}:{ada.id}", "for all", to_everyone=True)
    chat.answer(f"thread:{channel.id}:{ts}:{ada.id}", "for Ada", to_everyone=False)

    assert slack.posts(channel)[0]["thread_ts"] == ts
    assert slack.journal.calls("chat.postEphemeral")[0].params["user"] == ada.id
