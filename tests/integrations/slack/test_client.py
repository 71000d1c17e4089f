"""What each way of failing means: wait, try again, look first, or give up."""

from collections.abc import Callable

import pytest

from common.errors import PartnerTrouble
from connections.models import Connection
from integrations.slack.client import SlackClient, client_for
from tests.fakes.slack_server import (
    FakeSlack,
    Fault,
    broken,
    done_but_silent,
    hanging,
    rate_limited,
    refused,
    reset,
)


@pytest.fixture
def client(slack: FakeSlack, db: None) -> SlackClient:
    """As patient as the product is: only a fake that is silent lets it wait."""
    return SlackClient(slack.token, slack.api_url)


def _trouble(call: Callable[[], object]) -> PartnerTrouble:
    with pytest.raises(PartnerTrouble) as caught:
        call()
    return caught.value


def test_an_answer_comes_back_and_tells_the_scopes(client: SlackClient, slack: FakeSlack) -> None:
    answer = client.call("auth.test")

    assert answer["user_id"] == slack.world.bot.id
    assert client.scopes is not None
    assert "chat:write" in client.scopes


@pytest.mark.parametrize(
    "code",
    [
        "cant_update_message",
        "channel_not_found",
        "invalid_blocks",
        "is_archived",
        "is_inactive",
        "message_not_found",
        "missing_scope",
        "msg_too_long",
        "no_text",
        "not_in_channel",
        "restricted_action",
        "something_new",
    ],
)
def test_a_refusal_can_not_be_helped_by_trying_again(client: SlackClient, slack: FakeSlack, code: str) -> None:
    slack.fail("auth.test", refused(code))

    trouble = _trouble(lambda: client.call("auth.test"))

    assert (trouble.permanent, trouble.unclear, trouble.retry_after, trouble.code) == (True, False, None, code)
    assert trouble.message.startswith("Slack refuses: ")


@pytest.mark.parametrize("code", ["channel_not_found", "is_archived", "is_inactive", "not_in_channel"])
def test_a_channel_that_takes_nothing_is_lost_and_not_only_this_post(
    client: SlackClient, slack: FakeSlack, code: str
) -> None:
    """An edit in an archived channel is refused in other words than a post."""
    slack.fail("chat.update", refused(code))

    assert _trouble(lambda: client.call("chat.update", channel="C1", ts="1.1", text="x")).place_gone


@pytest.mark.parametrize("code", ["account_inactive", "invalid_auth", "token_expired", "token_revoked"])
def test_a_lost_token_gives_nothing_up_and_asks_for_an_administrator(
    client: SlackClient, slack: FakeSlack, code: str
) -> None:
    slack.fail("auth.test", refused(code))

    trouble = _trouble(lambda: client.call("auth.test"))

    assert (trouble.permanent, trouble.needs_hands, trouble.retry_after) == (False, True, 60.0)


def test_a_missing_permission_is_named(client: SlackClient, slack: FakeSlack) -> None:
    slack.world.scopes.discard("users:read")

    trouble = _trouble(lambda: client.call("users.info", user=slack.person("Ada").id))

    assert trouble.message == (
        "Slack refuses: the permission users:read is missing; add it to the app and install it again."
    )


@pytest.mark.parametrize("code", ["fatal_error", "internal_error", "service_unavailable", "request_timeout"])
def test_slacks_own_trouble_may_have_done_part_of_it(client: SlackClient, slack: FakeSlack, code: str) -> None:
    slack.fail("auth.test", refused(code))

    trouble = _trouble(lambda: client.call("auth.test"))

    assert (trouble.permanent, trouble.unclear, trouble.code) == (False, True, code)


@pytest.mark.parametrize("status", [500, 502, 503, 404])
def test_an_error_page_is_worth_another_try(client: SlackClient, slack: FakeSlack, status: int) -> None:
    slack.fail("auth.test", broken(status))

    trouble = _trouble(lambda: client.call("auth.test"))

    assert (trouble.permanent, trouble.code) == (False, f"http_{status}")


@pytest.mark.parametrize("fault", [done_but_silent(), hanging(), reset(), reset(applies=True)], ids=str)
def test_no_answer_is_unclear_and_asked_once(db: None, slack: FakeSlack, fault: Fault) -> None:
    client = SlackClient(slack.token, slack.api_url, timeout=1.5)
    slack.fail("auth.test", fault)

    trouble = _trouble(lambda: client.call("auth.test"))

    assert (trouble.permanent, trouble.unclear, trouble.retry_after) == (False, True, None)
    assert len(slack.journal.calls("auth.test")) == 1


def test_nobody_there_is_clear(db: None) -> None:
    client = SlackClient("xoxb-x", "http://127.0.0.1:9/api/")

    trouble = _trouble(lambda: client.call("auth.test"))

    assert (trouble.permanent, trouble.unclear, trouble.code) == (False, False, "unreachable")


def test_too_many_requests_says_how_long(client: SlackClient, slack: FakeSlack) -> None:
    slack.fail("auth.test", rate_limited(12))

    trouble = _trouble(lambda: client.call("auth.test"))

    assert trouble.retry_after == 12
    assert trouble.message == "Slack says too many requests; trying again in 12 s."


def test_during_the_pause_nothing_is_sent_by_anybody(slack: FakeSlack, db: None) -> None:
    one = SlackClient(slack.token, slack.api_url, name="connection:1")
    other = SlackClient(slack.token, slack.api_url, name="connection:1")
    slack.fail("auth.test", rate_limited(30))
    _trouble(lambda: one.call("auth.test"))

    trouble = _trouble(lambda: other.call("auth.test"))

    assert trouble.retry_after is not None
    assert 25 < trouble.retry_after <= 30
    assert len(slack.journal.calls("auth.test")) == 1


def test_a_pause_for_posts_counts_for_one_channel(client: SlackClient, slack: FakeSlack) -> None:
    busy, calm = slack.channel("busy"), slack.channel("calm")
    slack.fail("chat.postMessage", rate_limited(30))
    _trouble(lambda: client.call("chat.postMessage", channel=busy.id, text="x"))

    client.call("chat.postMessage", channel=calm.id, text="x")
    _trouble(lambda: client.call("chat.postMessage", channel=busy.id, text="x"))

    assert [entry.params["channel"] for entry in slack.journal.calls("chat.postMessage")] == [busy.id, calm.id]


def test_an_unreadable_pause_is_half_a_minute(client: SlackClient, slack: FakeSlack) -> None:
    slack.fail("auth.test", refused("ratelimited"))

    assert _trouble(lambda: client.call("auth.test")).retry_after == 30


# --- answers -------------------------------------------------------------------------------------
def test_answers_at_the_address_that_slack_gave(client: SlackClient, slack: FakeSlack) -> None:
    address = slack.response_address()

    client.respond(address, {"text": "done", "response_type": "ephemeral"})

    assert slack.journal.calls("response_url")[0].params == {"text": "done", "response_type": "ephemeral"}


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/response",
        "http://hooks.slack.com/x",
        "https://hooks.slack.com.evil.example/x",
        "https://hooks.slack.com:8443/x",
        "http://127.0.0.1:1/response",
        "file:///etc/passwd",
        "https://[bad",
        "",
    ],
)
def test_other_addresses_are_never_answered(client: SlackClient, address: str) -> None:
    trouble = _trouble(lambda: client.respond(address, {"text": "x"}))

    assert (trouble.permanent, trouble.code) == (True, "bad_address")


def test_an_address_that_was_used_up_is_given_up(client: SlackClient, slack: FakeSlack) -> None:
    address = slack.response_address()
    for _ in range(5):
        client.respond(address, {"text": "x"})

    trouble = _trouble(lambda: client.respond(address, {"text": "x"}))

    assert trouble.permanent


def test_an_address_of_yesterday_is_given_up(client: SlackClient, slack: FakeSlack) -> None:
    address = slack.response_address()
    slack.shift(31 * 60)

    assert _trouble(lambda: client.respond(address, {"text": "x"})).permanent


def test_trouble_with_an_answer_is_worth_another_try(client: SlackClient, slack: FakeSlack) -> None:
    address = slack.response_address()
    slack.fail("response_url", broken(500))
    slack.fail("response_url", done_but_silent())

    assert not _trouble(lambda: client.respond(address, {"text": "x"})).permanent
    assert _trouble(lambda: client.respond(address, {"text": "x"})).unclear


# --- connections ---------------------------------------------------------------------------------
def test_a_connection_says_where_and_with_what(connection: Connection) -> None:
    assert client_for(connection).call("auth.test")["ok"]


def test_a_connection_without_a_token_says_so(db: None) -> None:
    trouble = _trouble(lambda: client_for(Connection(kind="slack", name="Slack")))

    assert (trouble.permanent, trouble.code) == (True, "not_authed")
