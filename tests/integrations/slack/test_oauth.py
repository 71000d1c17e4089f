"""Installing by Slack's own page: the state belongs to one browser, once, for ten minutes; and what comes after."""

import re
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.actors import Actor
from accounts.models import AuditEntry, User
from common import clock
from common.errors import Conflict
from connections.models import Connection, Lane
from incidents.models import Incident
from incidents.operations import talk
from integrations.slack import oauth
from integrations.slack.models import Fact
from integrations.slack.oauth import Installed
from integrations.slack.scopes import NAMES
from tests.fakes.slack_server import Channel, FakeSlack
from tests.fakes.slack_server.oauth import CLIENT_ID, CLIENT_SECRET, agree
from tests.integrations.slack.conftest import SECRET
from tests.integrations.slack.working import receive, work

BACK = "https://warroom.example.org/connections/slack/callback"
NEW_TOKEN = "xoxb-9-9-after-allow"


@pytest.fixture
def app(db: None, slack: FakeSlack, settings: Any) -> Connection:
    """A connection that knows the app's id and secret, and has no token yet."""
    settings.SLACK_API_URL = slack.api_url
    settings.BASE_URL = "https://warroom.example.org"
    row = Connection(kind="slack", name="Slack", settings={"client_id": CLIENT_ID})
    row.put_secrets({"signing_secret": SECRET, "client_secret": CLIENT_SECRET})
    row.save()
    return row


@pytest.fixture
def admin(client: Client, ada: User) -> Client:
    return _browser(ada, client)


def _browser(who: User, client: Client | None = None) -> Client:
    browser = client or Client()
    browser.force_login(who, backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser


def _begin(browser: Client, row: Connection) -> dict[str, str]:
    """Press Install; return what Slack's page is asked."""
    page = unescape(browser.post(f"/connections/slack/{row.pk}/install").content.decode())
    [link] = re.findall(r'href="([^"]*/oauth/v2/authorize[^"]*)"', page)
    address = urlsplit(link)
    return {name: values[0] for name, values in parse_qs(address.query).items()}


def _finish(browser: Client, **given: str) -> tuple[int, str]:
    answer = browser.post("/connections/slack/callback", given)
    return answer.status_code, unescape(answer.content.decode())


def test_from_the_button_to_a_working_connection(admin: Client, app: Connection, slack: FakeSlack) -> None:
    asked = _begin(admin, app)
    code = agree(slack.world, NEW_TOKEN, asked["redirect_uri"])

    looked = admin.get("/connections/slack/callback", {"code": code, "state": asked["state"]})
    assert looked.status_code == 200
    assert slack.journal.calls("oauth.v2.access") == [], "looking takes nothing"
    status, _ = _finish(admin, code=code, state=asked["state"])

    app.refresh_from_db()
    assert status == 302
    assert asked["scope"] == ",".join(NAMES)
    assert asked["redirect_uri"] == BACK
    assert app.secrets["bot_token"] == NEW_TOKEN
    assert NEW_TOKEN not in app.sealed_secrets
    assert (app.settings["team_id"], app.settings["app_id"]) == (slack.world.team_id, slack.world.app_id)
    assert AuditEntry.objects.filter(action="connection.installed", subject_id=str(app.pk)).exists()
    assert NEW_TOKEN not in str(AuditEntry.objects.values())


def test_the_page_offers_it_only_with_the_apps_id_and_secret(admin: Client, app: Connection) -> None:
    assert "Install into Slack" in admin.get(f"/connections/{app.pk}").content.decode()

    Connection.objects.filter(pk=app.pk).update(settings={})

    assert "Install into Slack" not in admin.get(f"/connections/{app.pk}").content.decode()
    assert admin.post(f"/connections/slack/{app.pk}/install").status_code == 409


def test_the_form_takes_id_and_secret_in_place_of_a_token(admin: Client, app: Connection) -> None:
    values = {"signing_secret": SECRET, "client_id": CLIENT_ID}

    without = admin.post("/connections/add/slack", values)
    made = admin.post("/connections/add/slack", {**values, "client_secret": CLIENT_SECRET}, follow=True)

    assert without.status_code == 400
    assert "Bot User OAuth Token is needed." in unescape(without.content.decode())
    assert "Install into Slack" in made.content.decode()


# --- The state --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["", "guessed", "x" * 5000, "ä"])
def test_a_forged_state_is_refused(admin: Client, app: Connection, slack: FakeSlack, state: str) -> None:
    asked = _begin(admin, app)
    code = agree(slack.world, NEW_TOKEN, asked["redirect_uri"])

    status, page = _finish(admin, code=code, state=state)

    assert (status, "not one that this browser asked for" in page) == (400, True)
    assert slack.journal.calls("oauth.v2.access") == []


def test_the_state_of_another_browser_is_refused(admin: Client, app: Connection, slack: FakeSlack, ada: User) -> None:
    """Somebody lures Ada to a link with the code of their own workspace."""
    theirs = _browser(ada)
    asked = _begin(theirs, app)
    code = agree(slack.world, "xoxb-of-a-stranger", asked["redirect_uri"])

    looked = admin.get("/connections/slack/callback", {"code": code, "state": asked["state"]})
    status, page = _finish(admin, code=code, state=asked["state"])

    app.refresh_from_db()
    assert (looked.status_code, status) == (400, 400)
    assert "not one that this browser asked for" in page
    assert "bot_token" not in app.secrets


def test_a_state_is_good_once(admin: Client, app: Connection, slack: FakeSlack) -> None:
    asked = _begin(admin, app)
    first = agree(slack.world, NEW_TOKEN, asked["redirect_uri"])
    second = agree(slack.world, "xoxb-second", asked["redirect_uri"])
    assert _finish(admin, code=first, state=asked["state"])[0] == 302

    status, page = _finish(admin, code=second, state=asked["state"])

    app.refresh_from_db()
    assert (status, app.secrets["bot_token"]) == (400, NEW_TOKEN)
    assert "not one that this browser asked for" in page


def test_only_the_newest_state_is_good(admin: Client, app: Connection, slack: FakeSlack) -> None:
    old, new = _begin(admin, app), _begin(admin, app)
    code = agree(slack.world, NEW_TOKEN, BACK)

    assert old["state"] != new["state"]
    assert _finish(admin, code=code, state=old["state"])[0] == 400
    assert _finish(admin, code=code, state=new["state"])[0] == 302


def test_after_ten_minutes_it_is_too_late(admin: Client, app: Connection, slack: FakeSlack) -> None:
    asked = _begin(admin, app)
    code = agree(slack.world, NEW_TOKEN, asked["redirect_uri"])
    clock.shift(timedelta(minutes=10, seconds=1))

    status, page = _finish(admin, code=code, state=asked["state"])

    assert (status, "longer than ten minutes" in page) == (400, True)
    assert slack.journal.calls("oauth.v2.access") == []


def test_it_is_for_administrators(app: Connection, bo: User, client: Client) -> None:
    browser = _browser(bo, client)

    assert browser.post(f"/connections/slack/{app.pk}/install").status_code == 403
    assert browser.get("/connections/slack/callback?code=c&state=s").status_code == 403
    assert browser.post("/connections/slack/callback", {"code": "c", "state": "s"}).status_code == 403


# --- What Slack says no to ----------------------------------------------------------------------------------


def test_cancel_in_slack_is_said_plainly(admin: Client, app: Connection) -> None:
    asked = _begin(admin, app)

    page = admin.get("/connections/slack/callback", {"error": "access_denied", "state": asked["state"]})

    assert page.status_code == 400
    assert "somebody chose Cancel, so nothing was installed" in page.content.decode()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"client_id": "9.9"}, "The Client ID is not one that Slack knows"),
        ({"client_secret": "no"}, "The Client Secret is not the app's"),
    ],
)
def test_wrong_keys_of_the_app_are_named(
    admin: Client, app: Connection, slack: FakeSlack, wrong: dict[str, str], words: str
) -> None:
    app.settings = {"client_id": wrong.get("client_id", CLIENT_ID)}
    app.put_secrets({**app.secrets, "client_secret": wrong.get("client_secret", CLIENT_SECRET)})
    app.save()
    asked = _begin(admin, app)
    code = agree(slack.world, NEW_TOKEN, asked["redirect_uri"])

    status, page = _finish(admin, code=code, state=asked["state"])

    assert (status, words in page) == (400, True)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"team": None, "enterprise": {"id": "E1", "name": "Org"}}, "installed for a whole organisation"),
        ({"access_token": ""}, "Slack gave no bot token"),
        ({"token_type": "user"}, "Slack gave no bot token"),
        ({"refresh_token": "xoxe-1-x", "expires_in": 43200}, "Token rotation is on in the app"),
    ],
)
def test_an_installation_that_can_not_be_used_is_not_kept(
    admin: Client, app: Connection, slack: FakeSlack, changes: dict[str, Any], words: str
) -> None:
    asked = _begin(admin, app)
    code = agree(slack.world, NEW_TOKEN, asked["redirect_uri"], **changes)

    status, page = _finish(admin, code=code, state=asked["state"])

    app.refresh_from_db()
    assert (status, words in page) == (400, True)
    assert "bot_token" not in app.secrets


def test_a_used_code_is_refused_in_words(admin: Client, app: Connection) -> None:
    asked = _begin(admin, app)

    status, page = _finish(admin, code="was-used", state=asked["state"])

    assert (status, "was used before, or is older than ten minutes" in page) == (400, True)


@pytest.mark.parametrize(
    ("api", "page"),
    [
        ("https://slack.com/api/", "https://slack.com/oauth/v2/authorize"),
        ("https://slack-gov.com/api/", "https://slack-gov.com/oauth/v2/authorize"),
    ],
)
def test_slacks_page_is_on_the_host_that_is_set(app: Connection, settings: Any, api: str, page: str) -> None:
    settings.SLACK_API_URL = api

    assert oauth.begin(app, {}).startswith(f"{page}?")


# --- Again, and elsewhere -----------------------------------------------------------------------------------


def _installed(team: str, token: str) -> Installed:
    return Installed(token=token, team_id=team, team=f"Team {team}", app_id="A1", scopes="chat:write")


def test_a_second_workspace_is_a_second_connection(app: Connection, actor_ada: Actor) -> None:
    actor = actor_ada
    first = oauth.keep(connection=app, installed=_installed("T1", "xoxb-1"), by=actor)
    second = oauth.keep(connection=app, installed=_installed("T2", "xoxb-2"), by=actor)
    again = oauth.keep(connection=app, installed=_installed("T2", "xoxb-3"), by=actor)

    assert first.pk == app.pk
    assert second.pk == again.pk != app.pk
    assert Connection.objects.count() == 2
    assert Connection.objects.get(pk=app.pk).secrets["bot_token"] == "xoxb-1"
    assert Connection.objects.get(pk=second.pk).secrets["bot_token"] == "xoxb-3"
    assert Connection.objects.get(pk=second.pk).secrets["signing_secret"] == SECRET


def _connected(team: str, secret: str, **settings: str) -> Connection:
    row = Connection(kind="slack", name="By hand", settings={"team_id": team, **settings})
    row.put_secrets({"bot_token": "xoxb-by-hand", "signing_secret": secret})
    row.save()
    return row


@pytest.mark.parametrize(
    ("secret", "known"),
    [("of-another-app", {}), (SECRET, {"app_id": "A2"}), ("of-another-app", {"client_id": "9.9"})],
)
def test_a_workspace_that_another_app_connects_is_left_alone(
    app: Connection, actor_ada: Actor, secret: str, known: dict[str, str]
) -> None:
    there = _connected("T1", secret, **known)

    with pytest.raises(Conflict, match=r"as “By hand”, through another Slack app.*remove “By hand” first"):
        oauth.keep(connection=app, installed=_installed("T1", "xoxb-new"), by=actor_ada)

    there.refresh_from_db()
    assert there.secrets["bot_token"] == "xoxb-by-hand"
    assert there.settings == {"team_id": "T1", **known}


@pytest.mark.parametrize(
    ("secret", "known"),
    [(SECRET, {}), ("another", {"app_id": "A1"}), ("another", {"client_id": CLIENT_ID})],
)
def test_a_workspace_that_this_app_connects_gets_the_new_token(
    app: Connection, actor_ada: Actor, secret: str, known: dict[str, str]
) -> None:
    there = _connected("T1", secret, **known)

    kept = oauth.keep(connection=app, installed=_installed("T1", "xoxb-new"), by=actor_ada)

    there.refresh_from_db()
    assert (kept.pk, there.secrets["bot_token"]) == (there.pk, "xoxb-new")


def test_the_page_says_what_to_do_about_another_app(admin: Client, app: Connection, slack: FakeSlack) -> None:
    _connected(slack.world.team_id, "of-another-app")
    asked = _begin(admin, app)
    code = agree(slack.world, NEW_TOKEN, asked["redirect_uri"])

    status, page = _finish(admin, code=code, state=asked["state"])

    assert (status, "through another Slack app" in page) == (409, True)


def test_both_workspaces_hear_what_is_theirs(connection: Connection, slack: FakeSlack) -> None:
    """The app has one signing secret, so the door can't tell them apart: the request's workspace can."""
    work(slack)
    first = Connection.objects.get()
    other = Connection(kind="slack", name="Other", settings={"team_id": slack.world.team_id})
    other.put_secrets(first.secrets)
    other.save()
    # The first one is of another workspace now.
    Fact.objects.update_or_create(
        connection=first,
        about=Fact.SELF,
        defaults={"answer": {"team_id": "T2", "user_id": "U2"}, "is_sure": True, "learned_at": clock.now()},
    )
    general = slack.channel("general", slack.person("Bo"))

    row = receive(first, slack.command(general, slack.person("Cleo"), "/incident help"))
    work(slack)

    row.refresh_from_db()
    assert row.connection_id == other.pk
    assert row.outcome == "done"


def test_another_workspace_with_another_secret_is_no_sibling(connection: Connection) -> None:
    other = Connection(kind="slack", name="Other", settings={"team_id": "T2"})
    other.put_secrets({"bot_token": "xoxb-2", "signing_secret": "of-another-app"})
    other.save()

    assert oauth.sibling(connection, "T2") is None


# --- Uninstalled ------------------------------------------------------------------------------------------


def _events(slack: FakeSlack) -> list[dict[str, Any]]:
    return [{"type": "app_uninstalled"}, {"type": "tokens_revoked", "tokens": {"bot": [slack.world.bot.id]}}]


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_uninstalled_and_back_nothing_is_lost(
    connection: Connection,
    slack: FakeSlack,
    channel: Channel,
    incident: Incident,
    actor_ada: Actor,
    order: list[int],
) -> None:
    work(slack)
    slack.revoke_token()
    for number in order:
        slack.world.emit(_events(slack)[number], None)
    for parcel in slack.outbox.take():
        receive(connection, parcel)
    work(slack)
    for text in ("one", "two", "three"):
        talk.say(number=incident.pk, by=actor_ada, text=text)
    work(slack, seconds=1)

    connection.refresh_from_db()
    assert "Install it again" in connection.trouble or "install the app again" in connection.trouble
    assert not [post for post in slack.posts(channel) if post["text"] in ("one", "two", "three")]

    code_token = "xoxb-1-2-again"
    slack.world.tokens[code_token] = "ok"
    cache.clear()
    oauth.keep(connection=connection, installed=_installed(slack.world.team_id, code_token), by=actor_ada)
    work(slack, seconds=10)

    connection.refresh_from_db()
    assert connection.trouble == ""
    said = [post["text"] for post in slack.posts(channel)]
    assert [word for text in said for word in ("one", "two", "three") if text.endswith(word)] == ["one", "two", "three"]
    assert not Lane.objects.filter(connection=connection, due_at__isnull=False, is_open=True).exists()


def test_late_news_of_an_earlier_installation_is_found_out(connection: Connection, slack: FakeSlack) -> None:
    work(slack)
    slack.world.emit({"type": "tokens_revoked", "tokens": {"bot": [slack.world.bot.id]}}, None)

    for parcel in slack.outbox.take():
        receive(connection, parcel)
    work(slack)

    connection.refresh_from_db()
    assert connection.trouble == ""
