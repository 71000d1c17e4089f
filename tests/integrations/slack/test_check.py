"""The Test button of a Slack connection: what works, what is missing, and what to do next."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from common import clock
from connections.models import Connection
from connections.operations import test_connection as press_test
from integrations.slack.scopes import NEEDED, USEFUL
from tests.fakes.slack_server import FakeSlack, hanging, rate_limited
from tests.fakes.slack_server.registry import ALL_SCOPES
from tests.integrations.slack.conftest import SECRET


@pytest.fixture(autouse=True)
def _heard_before(connection: Connection) -> None:
    connection.last_event_at = clock.now()
    connection.save()


def _with(connection: Connection, **fields: object) -> Connection:
    Connection.objects.filter(pk=connection.pk).update(**fields)
    return Connection.objects.get(pk=connection.pk)


def test_says_what_works(connection: Connection) -> None:
    works, words = press_test(connection)

    assert works
    assert words == (
        "Slack answers: the app is “warroom” in the workspace “Example”. It has every permission."
        f" The last request from it came on {connection.last_event_at:%Y-%m-%d at %H:%M} UTC."
    )


def test_knows_who_we_are_afterwards_and_an_old_trouble_is_over(connection: Connection, slack: FakeSlack) -> None:
    row = _with(connection, trouble="It was broken", trouble_since=clock.now())

    press_test(row)

    row.refresh_from_db()
    assert (row.trouble, row.trouble_since) == ("", None)
    assert row.settings["realm"] == f"slack:{slack.world.team_id}"


@pytest.mark.parametrize("missing", [["pins:write"], ["chat:write", "groups:write", "users:read.email"]])
def test_names_each_permission_that_is_missing(connection: Connection, slack: FakeSlack, missing: list[str]) -> None:
    slack.world.scopes -= set(missing)

    works, words = press_test(connection)

    assert not works
    assert f"The app lacks permissions: {', '.join(missing)}. In your app add them" in words
    assert words.endswith("Reinstall to Workspace.")
    connection.refresh_from_db()
    assert connection.trouble == words


def test_all_permissions_missing_are_named_whole_on_the_page(connection: Connection, slack: FakeSlack) -> None:
    slack.world.scopes.clear()
    slack.world.scopes.add("identify")

    press_test(connection)

    connection.refresh_from_db()
    assert all(scope in connection.trouble for scope in NEEDED)
    assert connection.trouble.endswith("Reinstall to Workspace.")


def test_what_we_can_do_without_is_said_and_no_trouble(connection: Connection, slack: FakeSlack) -> None:
    slack.world.scopes -= set(USEFUL)

    works, words = press_test(connection)

    assert works
    assert "Without chat:write.customize lines carry their writer's name in the text." in words


def test_asks_for_what_the_app_manifest_asks_for() -> None:
    assert {*NEEDED, *USEFUL} == ALL_SCOPES
    assert len(NEEDED) + len(USEFUL) == len(ALL_SCOPES)


@pytest.mark.parametrize("secret", ["", " , "])
def test_without_a_signing_secret_it_says_where_it_stands(
    connection: Connection, slack: FakeSlack, secret: str
) -> None:
    connection.put_secrets({"bot_token": slack.token, "signing_secret": secret})
    connection.save()

    works, words = press_test(connection)

    assert not works
    assert words.startswith("The Signing Secret is not set")
    assert "Basic Information" in words


def test_a_token_that_does_not_work_is_said_without_naming_it(connection: Connection) -> None:
    connection.put_secrets({"bot_token": "xoxb-invented-but-wrong", "signing_secret": SECRET})
    connection.save()

    works, words = press_test(connection)

    assert not works
    assert words == "Slack refuses: the bot token is not valid; enter the one from “OAuth & Permissions”."


def test_without_a_token_nothing_is_asked(connection: Connection, slack: FakeSlack) -> None:
    connection.put_secrets({"signing_secret": SECRET})
    connection.save()

    assert press_test(connection) == (False, "Slack has no bot token yet.")
    assert slack.journal.calls("auth.test") == []


def test_silence_and_limits_are_told(connection: Connection, slack: FakeSlack) -> None:
    slack.fail("auth.test", hanging())
    assert press_test(connection) == (False, "Slack does not answer.")

    slack.fail("auth.test", rate_limited(30))
    assert press_test(connection) == (False, "Slack says too many requests; trying again in 30 s.")


def test_before_the_first_request_it_says_how_to_get_one(connection: Connection, settings: Any) -> None:
    settings.BASE_URL = "https://warroom.example.org"

    works, words = press_test(_with(connection, last_event_at=None))

    assert works
    assert words.endswith("open Event Subscriptions and choose Retry next to the Request URL.")


def test_only_refused_requests_mean_another_secret(connection: Connection) -> None:
    works, words = press_test(_with(connection, last_event_at=None, refused_count=3))

    assert not works
    assert "requests were refused (3): the Signing Secret here is not your app's." in words


def test_the_incidents_channel_has_to_be_there(connection: Connection, slack: FakeSlack) -> None:
    general = slack.channel("incidents")
    row = _with(connection, settings={**connection.settings, "announce_channel": general.id})
    assert press_test(row)[0]

    general.is_archived = True
    assert press_test(row) == (
        False,
        f"The incidents channel {general.id} is archived: bring it back, or enter the Channel ID of another.",
    )

    row = _with(connection, settings={**connection.settings, "announce_channel": "#incidents"})
    works, words = press_test(row)
    assert not works
    assert "The incidents channel #incidents does not exist, or the app may not see it: enter the Channel ID" in words


def test_the_button_of_the_page_says_it(client: Client, ada: User, connection: Connection) -> None:
    client.force_login(ada)

    page = client.post(f"/connections/{connection.pk}/test", follow=True).content.decode()

    assert "Slack answers: the app is “warroom”" in page
