"""Installing, as somebody does it for the first time: the steps, the keys, and each wrong setting by name."""

import asyncio
from collections.abc import Mapping
from html import unescape
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from common import clock
from connections.models import Connection
from integrations.kit.door import HookDoor
from integrations.slack.reach import why_unreachable
from tests.door.asgi import knock
from tests.fakes.slack_server import FakeSlack
from tests.fakes.slack_server.outbox import event_parcel
from tests.integrations.slack.conftest import SECRET

PUBLIC = "https://warroom.example.org"


@pytest.fixture
def admin(client: Client, ada: User, slack: FakeSlack, settings: Any) -> Client:
    settings.SLACK_API_URL = slack.api_url
    settings.BASE_URL = PUBLIC
    client.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def _page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def _add(client: Client, **values: str) -> str:
    """Fill the form in, save, and read the page one lands on."""
    answer = client.post("/connections/add/slack", values, follow=True)
    assert answer.redirect_chain, unescape(answer.content.decode())
    return unescape(answer.content.decode())


def _right(slack: FakeSlack, **changes: str) -> Mapping[str, str]:
    return {"bot_token": slack.token, "signing_secret": SECRET, **changes}


# --- Before ---------------------------------------------------------------------------------------------


def test_a_house_on_the_internet_is_shown_the_way_in_by_http(admin: Client) -> None:
    page = _page(admin, "/connections/add/slack")

    assert "Looks reachable" in page
    assert f"request_url: {PUBLIC}/hooks/slack/events" in page
    assert "https://api.slack.com/apps?new_app=1&manifest_json=" in page


@pytest.mark.parametrize("address", ["http://127.0.0.1:8000", "https://warroom.local", "https://10.0.0.8"])
def test_a_house_that_slack_can_not_reach_is_shown_socket_mode(admin: Client, settings: Any, address: str) -> None:
    settings.BASE_URL = address

    page = _page(admin, "/connections/add/slack")

    assert "socket_mode_enabled: true" in page
    assert "connections:write" in page
    assert "request_url" not in page


def test_the_other_way_can_be_chosen_and_says_why_it_will_not_do(admin: Client, settings: Any) -> None:
    settings.BASE_URL = "http://127.0.0.1:8000"

    page = _page(admin, "/connections/add/slack?way=http")

    assert "Slack can't call this address." in page
    assert "127.0.0.1 is an address inside your own network" in page
    assert "socket_mode_enabled: false" in page


def test_a_name_that_slack_keeps_is_said_before_the_app_is_made(admin: Client, settings: Any) -> None:
    settings.COMMAND_NAMES = {"incident": "remind"}

    page = _page(admin, "/connections/add/slack")

    assert "/remind is Slack's own command. In Slack it is /incident instead" in page


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("https://warroom.example.org", ""),
        ("https://8.8.8.8", ""),
        ("http://warroom.example.org", "it is not https"),
        ("https://localhost", "inside your own network"),
        ("https://warroom", "inside your own network"),
        ("https://192.168.1.5:8443", "inside your own network"),
        ("https://[::1]", "inside your own network"),
        ("https://warroom.corp", "inside your own network"),
        ("", "not set"),
    ],
)
def test_reachable_as_far_as_the_address_tells(address: str, why: str) -> None:
    found = why_unreachable(address)

    assert (why in found) if why else found == ""


# --- The five wrong settings ------------------------------------------------------------------------------


def test_all_right_and_slack_has_not_called_yet(admin: Client, slack: FakeSlack) -> None:
    channel = slack.channel("incidents")

    page = _add(admin, **_right(slack, announce_channel=channel.id))

    assert "Slack answers: the app is “warroom” in the workspace “Example”." in page
    assert "It has every permission." in page
    assert "Incidents are announced in #incidents." in page
    assert "Waiting for the first request from Slack." in page
    assert Connection.objects.get().trouble == ""


def test_a_wrong_bot_token(admin: Client, slack: FakeSlack) -> None:
    page = _add(admin, **_right(slack, bot_token="xoxb-of-another-app"))

    assert "the bot token is not valid; enter the one from “OAuth & Permissions”" in page


@pytest.mark.parametrize(
    ("token", "kind"), [("xoxp-1-2", "a User OAuth Token"), ("xapp-1-A1-2-b", "an App-Level Token")]
)
def test_a_token_of_another_kind_is_called_by_its_name(admin: Client, slack: FakeSlack, token: str, kind: str) -> None:
    page = _add(admin, **_right(slack, bot_token=token))

    assert f"What stands as Bot User OAuth Token is {kind}; it has to begin with xoxb-." in page
    assert slack.journal.calls("auth.test") == []


def test_a_permission_that_is_missing(admin: Client, slack: FakeSlack) -> None:
    slack.world.scopes -= {"pins:write", "files:read"}

    page = _add(admin, **_right(slack))

    assert "The app lacks permissions: pins:write. In your app add them under OAuth & Permissions > Scopes" in page
    assert "missing: it is needed to pin the incident's card" in page
    assert "missing: pictures and files stay links that lead to Slack" in page


def test_what_works_without_a_permission_is_said_and_is_no_trouble(admin: Client, slack: FakeSlack) -> None:
    slack.world.scopes -= {"files:read"}

    page = _add(admin, **_right(slack))

    assert "Without files:read pictures and files stay links that lead to Slack." in page
    assert Connection.objects.get().trouble == ""


def test_a_wrong_incidents_channel(admin: Client, slack: FakeSlack) -> None:
    page = _add(admin, **_right(slack, announce_channel="#incidents"))

    assert "The incidents channel #incidents does not exist, or the app may not see it: enter the Channel ID" in page


@pytest.mark.parametrize("token", ["xapp-invented", "xoxb-1-2-three"])
def test_a_wrong_token_for_socket_mode(admin: Client, slack: FakeSlack, token: str) -> None:
    page = _add(admin, bot_token=slack.token, app_token=token)

    assert "Basic Information > App-Level Tokens" in page
    assert "connections:write" in page
    assert "Nothing came from Slack yet" not in page
    assert Connection.objects.get().trouble


def test_an_open_websocket_is_said(admin: Client, slack: FakeSlack) -> None:
    _add(admin, bot_token=slack.token, app_token="xapp-invented")
    Connection.objects.update(last_ping_at=clock.now(), last_check={})

    page = _standing(admin, Connection.objects.get())

    assert "The websocket to Slack is open." in page


@pytest.mark.parametrize(
    ("way", "shown", "not_shown"), [("http", "signing_secret", "app_token"), ("socket", "app_token", "signing_secret")]
)
def test_the_form_asks_for_what_the_way_in_needs(admin: Client, way: str, shown: str, not_shown: str) -> None:
    page = _page(admin, f"/connections/add/slack?way={way}")

    assert f'name="{shown}"' in page
    assert f'name="{not_shown}"' not in page
    assert 'name="client_id"' in page


def test_no_token_for_socket_mode_where_slack_can_not_call(admin: Client, slack: FakeSlack, settings: Any) -> None:
    settings.BASE_URL = "http://127.0.0.1:8000"

    page = _add(admin, **_right(slack))

    assert "Slack can't call http://127.0.0.1:8000: 127.0.0.1 is an address inside your own network." in page
    assert "or use Socket Mode: enter an App-Level Token." in page


def test_neither_signing_secret_nor_token_of_socket_mode_is_not_taken(admin: Client, slack: FakeSlack) -> None:
    answer = admin.post("/connections/add/slack", {"bot_token": slack.token})

    assert answer.status_code == 400
    assert "Signing Secret is needed." in unescape(answer.content.decode())


# --- Events, live -----------------------------------------------------------------------------------------


def _standing(client: Client, row: Connection) -> str:
    return _page(client, f"/connections/{row.pk}/standing")


def test_the_page_turns_green_by_itself_when_slack_calls(admin: Client, slack: FakeSlack) -> None:
    _add(admin, **_right(slack))
    row = Connection.objects.get()
    assert "Waiting for the first request" in _standing(admin, row)
    asked = len(slack.journal.calls())

    Connection.objects.update(last_event_at=clock.now())

    page = _standing(admin, row)
    assert "The last request from it came on" in page
    assert "Waiting" not in page
    assert len(slack.journal.calls()) == asked, "looking asks nobody"


def test_the_page_names_the_signing_secret_when_what_comes_is_refused(admin: Client, slack: FakeSlack) -> None:
    _add(admin, **_right(slack))
    row = Connection.objects.get()

    Connection.objects.update(refused_count=2)

    assert "requests were refused (2): the Signing Secret here is not your app's." in _standing(admin, row)


def test_a_secret_that_stopped_fitting_is_named_too(admin: Client, slack: FakeSlack) -> None:
    _add(admin, **_right(slack))
    Connection.objects.update(last_event_at=clock.now())
    row = Connection.objects.get()
    admin.post(f"/connections/{row.pk}/test")

    Connection.objects.update(refused_count=3)

    assert "Since the last test 3 requests were refused and none was accepted" in _standing(admin, row)


def test_how_it_stands_is_for_administrators(client: Client, bo: User, connection: Connection) -> None:
    client.force_login(bo, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert client.get(f"/connections/{connection.pk}/standing").status_code == 403
    assert "How it stands" not in client.get(f"/connections/{connection.pk}").content.decode()


@pytest.mark.django_db(transaction=True)
def test_one_refused_request_is_seen_although_no_other_comes(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slack checks the address once: who watches the page must see that it was refused."""
    monkeypatch.setattr("integrations.kit.door._FRESH", 0.01)
    parcel = event_parcel({"type": "url_verification", "challenge": "abc"})
    headers = parcel.headers("the-secret-of-another-app", clock.now().timestamp())
    door = HookDoor()
    door.start()

    async def knock_and_wait() -> int:
        answer = await knock(door, "/hooks/slack/events", parcel.body, {k.lower(): v for k, v in headers.items()})
        while door._writes_soon or door._refused:
            await asyncio.sleep(0.01)
        return answer.status

    status = asyncio.run(asyncio.wait_for(knock_and_wait(), 10))
    door.stop()

    connection.refresh_from_db()
    assert (status, connection.refused_count) == (401, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("secret", "status"), [(SECRET, 200), ("the-secret-of-another-app", 401)])
def test_slacks_first_request_through_the_door(connection: Connection, secret: str, status: int) -> None:
    """Slack checks the address when the app is made: with the right secret it turns green, else it is counted."""
    parcel = event_parcel({"type": "url_verification", "challenge": "abc"})
    door = HookDoor()
    door.start()

    headers = {name.lower(): value for name, value in parcel.headers(secret, clock.now().timestamp()).items()}
    answer = asyncio.run(knock(door, "/hooks/slack/events", parcel.body, headers))
    door._read_connections()
    door.stop()

    connection.refresh_from_db()
    assert answer.status == status
    assert (connection.last_event_at is not None, connection.refused_count) == (status == 200, int(status == 401))
