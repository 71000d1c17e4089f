"""The fake Slack itself: what tests lean on must hold."""

from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import Clock, SignatureVerifier

from tests.fakes.slack_server import (
    FakeSlack,
    blockkit,
    broken,
    done_but_silent,
    hanging,
    rate_limited,
    refused,
    reset,
    slow,
    spec,
)


@pytest.fixture
def web(slack: FakeSlack) -> WebClient:
    return WebClient(slack.token, slack.api_url, timeout=10, retry_handlers=[])


def _code(call: Callable[[], object]) -> str:
    with pytest.raises(SlackApiError) as error:
        call()
    return str(error.value.response["error"])


def test_a_channel_lives_its_life(slack: FakeSlack, web: WebClient) -> None:
    bo = slack.person("Bo")
    channel = web.conversations_create(name="inc-1", is_private=False)["channel"]["id"]
    web.conversations_invite(channel=channel, users=[bo.id])
    web.conversations_setTopic(channel=channel, topic="SEV1")
    web.conversations_rename(channel=channel, name="inc-1-mail")
    web.conversations_archive(channel=channel)

    info = web.conversations_info(channel=channel)["channel"]
    assert (info["name"], info["topic"]["value"], info["is_archived"]) == ("inc-1-mail", "SEV1", True)
    assert web.conversations_members(channel=channel)["members"] == [slack.world.bot.id, bo.id]
    assert _code(lambda: web.chat_postMessage(channel=channel, text="x")) == "is_archived"
    assert _code(lambda: web.conversations_create(name="inc-1-mail")) == "name_taken"


def test_messages_threads_and_pages(slack: FakeSlack, web: WebClient) -> None:
    channel = web.conversations_create(name="inc-1")["channel"]["id"]
    posted = [web.chat_postMessage(channel=channel, text=f"m{n}")["ts"] for n in range(5)]
    web.chat_postMessage(channel=channel, text="reply", thread_ts=posted[0])
    web.chat_update(channel=channel, ts=posted[1], text="m1, edited")
    web.chat_delete(channel=channel, ts=posted[2])

    first = web.conversations_history(channel=channel, limit=3)
    rest = web.conversations_history(channel=channel, limit=3, cursor=first["response_metadata"]["next_cursor"])
    texts = [message["text"] for message in [*first["messages"], *rest["messages"]]]
    assert texts == ["m4", "m3", "m1, edited", "m0"]
    thread = web.conversations_replies(channel=channel, ts=posted[0])["messages"]
    assert [message["text"] for message in thread] == ["m0", "reply"]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda web, c: web.conversations_create(name="Not Good"), "invalid_name_specials"),
        (lambda web, c: web.conversations_create(name="x" * 81), "invalid_name_maxlength"),
        (lambda web, c: web.conversations_setTopic(channel=c, topic="x" * 251), "too_long"),
        (lambda web, c: web.chat_postMessage(channel="C404", text="x"), "channel_not_found"),
        (lambda web, c: web.api_call("chat.postMessage", json={"channel": c}), "no_text"),
        (lambda web, c: web.chat_postMessage(channel=c, text="x", thread_ts="1.1"), "thread_not_found"),
        (lambda web, c: web.chat_update(channel=c, ts="1.1", text="x"), "message_not_found"),
        (lambda web, c: web.pins_add(channel=c, timestamp="1.1"), "message_not_found"),
        (lambda web, c: web.bookmarks_add(channel_id=c, title="x", type="link", link="x"), "invalid_link"),
        (lambda web, c: web.users_lookupByEmail(email="no@example.com"), "users_not_found"),
        (lambda web, c: web.users_info(user="U404"), "user_not_found"),
        (lambda web, c: web.api_call("no.such"), "unknown_method"),
    ],
)
def test_refuses_as_slack_does(web: WebClient, call: Callable[[WebClient, str], object], code: str) -> None:
    channel = web.conversations_create(name="inc-1")["channel"]["id"]

    assert _code(lambda: call(web, channel)) == code


def test_checks_the_token_and_its_scopes(slack: FakeSlack, web: WebClient) -> None:
    assert _code(lambda: WebClient("xoxb-wrong", slack.api_url).auth_test()) == "invalid_auth"
    slack.world.scopes.discard("users:read")
    assert _code(lambda: web.users_info(user=slack.world.bot.id)) == "missing_scope"
    slack.revoke_token()
    assert _code(web.auth_test) == "token_revoked"


def test_refuses_blocks_that_slack_would_not_take(slack: FakeSlack, web: WebClient) -> None:
    channel = web.conversations_create(name="inc-1")["channel"]["id"]
    button: dict[str, Any] = {"type": "button", "text": {"type": "plain_text", "text": "x"}, "action_id": "same"}
    blocks = [{"type": "actions", "elements": [button, button]}]

    assert blockkit.faults(blocks) == ["/blocks/0 action_id already exists"]
    assert _code(lambda: web.chat_postMessage(channel=channel, text="x", blocks=blocks)) == "invalid_blocks"


def test_a_pause_that_is_not_obeyed_is_marked(slack: FakeSlack, web: WebClient) -> None:
    slack.fail("auth.test", rate_limited(20))
    with pytest.raises(SlackApiError) as first:
        web.auth_test()
    with pytest.raises(SlackApiError):
        web.auth_test()
    assert first.value.response.headers["Retry-After"] == "20"
    assert [entry.number for entry in slack.journal.inside_windows()] == [2]

    slack.shift(21)
    web.auth_test()

    assert len(slack.journal.inside_windows()) == 1
    slack.journal.clear()


def test_each_fault_does_what_it_says(slack: FakeSlack, web: WebClient) -> None:
    channel = web.conversations_create(name="inc-1")["channel"]["id"]
    web.timeout = 0.3  # type: ignore[assignment]
    for fault in (broken(502), hanging(), done_but_silent(), reset(), reset(applies=True), refused("fatal_error")):
        slack.fail("chat.postMessage", fault)
        with pytest.raises((SlackApiError, OSError)):
            web.chat_postMessage(channel=channel, text=fault.kind)
    web.timeout = 10  # type: ignore[assignment]
    slack.fail("chat.postMessage", slow(0.05))
    web.chat_postMessage(channel=channel, text="slow")

    assert [post["text"] for post in slack.posts(channel)] == ["done_but_silent", "reset", "slow"]
    assert [entry.applied for entry in slack.journal.calls("chat.postMessage")] == [
        False,
        False,
        True,
        False,
        True,
        False,
        True,
    ]


def test_faults_can_be_for_some_requests_and_can_end(slack: FakeSlack, web: WebClient) -> None:
    one, other = slack.channel("one"), slack.channel("other")
    slack.fail("*", refused("is_archived"), times=None, where=lambda params: params.get("channel") == one.id)

    assert _code(lambda: web.chat_postMessage(channel=one.id, text="x")) == "is_archived"
    web.chat_postMessage(channel=other.id, text="x")
    slack.heal()
    web.chat_postMessage(channel=one.id, text="x")


def test_tells_the_app_what_happened_as_slack_would(slack: FakeSlack, web: WebClient) -> None:
    ada = slack.person("Ada")
    channel = slack.channel("inc-1", ada)
    ts = slack.say(channel, ada, "one").event["ts"]
    slack.reply(channel, ada, ts, "two")
    slack.edit(channel, ts, "one, edited")
    slack.unfurl(channel, ts)
    slack.delete(channel, ts)
    web.chat_postMessage(channel=channel.id, text="ours")

    kinds = [event.get("subtype", "line") for event in slack.outbox.events("message")]
    assert kinds == ["line", "line", "message_changed", "message_changed", "message_changed", "line"]
    tombstone = slack.outbox.events("message")[4]["message"]
    assert tombstone["subtype"] == "tombstone"
    assert slack.outbox.events("message")[-1]["bot_id"] == slack.world.bot_id


def test_channels_without_the_app_are_silent(slack: FakeSlack) -> None:
    ada = slack.person("Ada")
    secret = slack.channel("secret", ada, is_private=True, with_bot=False)

    slack.world.put_message(secret, ada.id, "x")

    assert slack.outbox.parcels == []


def test_what_it_sends_is_signed(slack: FakeSlack) -> None:
    ada = slack.person("Ada")
    parcel = slack.command(slack.channel("ops", ada), ada, "/incident list")
    headers = parcel.headers(slack.signing_secret, slack.world.now(), retry=1)

    class Now(Clock):
        def now(self) -> float:
            return slack.world.now()

    verifier = SignatureVerifier(slack.signing_secret, Now())
    assert verifier.is_valid_request(parcel.body, headers)
    assert not verifier.is_valid_request(parcel.body + b"x", headers)
    assert headers["X-Slack-Retry-Num"] == "1"


def test_a_delivery_that_nobody_takes_is_kept(slack: FakeSlack) -> None:
    ada = slack.person("Ada")
    said = slack.say(slack.channel("ops", ada), ada, "x")

    results = slack.outbox.deliver_all("http://127.0.0.1:9", copies=2, seed=1)

    assert [result.status for result in results] == [0, 0]
    assert slack.outbox.refused() == [said]
    assert slack.outbox.parcels == []


def test_parameters_are_checked_where_the_description_is_at_hand(slack: FakeSlack, web: WebClient) -> None:
    """Without WARROOM_API_SPECS nothing is known, and nothing is wrong."""
    web.api_call("auth.test", params={"surprise": "1"})

    wrong = list(slack.violations)
    slack.violations.clear()
    assert wrong == (["auth.test: no parameter surprise"] if spec.is_at_hand() else [])
