"""Installing by Slack's own page ("Add to Slack") instead of copying a token.

docs.slack.dev/authentication/installing-with-oauth. The state is a random word that is kept in the session of
the browser which asked, for ten minutes and for one use: whoever comes back with another one, later, twice or
in another browser is refused.
"""

import hmac
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings

from accounts import audit
from accounts.actors import Actor
from accounts.permissions import Right, require
from common import clock, doorbell
from common.errors import Conflict, Invalid
from common.ids import digest, new_secret
from common.operations import operation
from connections.changes import values_of
from connections.models import Connection, Lane
from integrations.slack.app_manifest import CALLBACK
from integrations.slack.client import TIMEOUT, SlackClient, SlackRefused
from integrations.slack.scopes import NAMES

_SESSION = "slack_install"
_SECONDS = 600
_HOW_AGAIN = "Start again on the connection's page."
_OTHER_APP = (
    "The workspace “{team}” is connected already, as “{name}”, through another Slack app. To go on with that app, "
    "install it again from the page of “{name}”. To change over to this app, remove “{name}” first, then install this "
    "one again."
)
_REFUSALS = {
    "access_denied": "In Slack somebody chose Cancel, so nothing was installed.",
    "invalid_scope": "Slack does not know a permission that was asked for. Make the app anew from the manifest.",
    "bad_redirect_uri": "The way back is not one of the app's: take its Redirect URL from the manifest.",
    "invalid_client_id": "The Client ID is not one that Slack knows; enter the one from Basic Information.",
    "bad_client_secret": "The Client Secret is not the app's; enter the one from Basic Information.",
    "invalid_code": "Slack does not take the code: it was used before, or is older than ten minutes.",
    "code_already_used": "Slack does not take the code: it was used before.",
}


@dataclass(frozen=True)
class Installed:
    """What Slack gave: the token, the workspace and the permissions."""

    token: str
    team_id: str
    team: str
    app_id: str
    scopes: str


def can_install(connection: Connection) -> bool:
    """Tell whether Slack's own page can be used: it needs the app's client id and secret, and https here."""
    secrets = {} if connection.has_lost_key else connection.secrets
    has_keys = bool(connection.settings.get("client_id")) and bool(secrets.get("client_secret"))
    return has_keys and settings.BASE_URL.startswith("https://")


def begin(connection: Connection, session: MutableMapping[str, Any]) -> str:
    """Remember in this browser's session that it asked, and return the address of Slack's page.

    :raises Conflict: the client id or secret is missing, or Slack could not lead back here.
    """
    if not can_install(connection):
        raise Conflict(
            "Slack's page can't be used: it needs the Client ID and Client Secret, and a BASE_URL with https."
        )
    state = new_secret()
    session[_SESSION] = {"state": digest(state), "connection": connection.pk, "at": clock.now().timestamp()}
    asked = {
        "client_id": connection.settings["client_id"],
        "scope": ",".join(NAMES),
        "state": state,
        "redirect_uri": _way_back(),
    }
    return f"{_authorize_page()}?{urlencode(asked)}"


def pending(session: Mapping[str, Any], state: str) -> Connection:
    """The connection that this browser asked to install, if the state is the one it was given.

    :raises Invalid: forged, older than ten minutes, used before, or asked for in another browser.
    """
    held = session.get(_SESSION) or {}
    if not state or not hmac.compare_digest(str(held.get("state", "")), digest(state)):
        raise Invalid(f"This answer of Slack's is not one that this browser asked for. {_HOW_AGAIN}", field="state")
    if clock.now().timestamp() - float(held.get("at", 0)) > _SECONDS:
        raise Invalid(f"This took longer than ten minutes. {_HOW_AGAIN}", field="state")
    found = Connection.objects.present().filter(pk=int(held.get("connection", 0)), kind="slack").first()
    if found is None:
        raise Invalid("The connection was removed meanwhile.", field="state")
    return found


def why_refused(error: str) -> str:
    """Slack's code for a refusal, in words."""
    return f"{_REFUSALS.get(error, f'Slack refuses: {error[:60]}.')} {_HOW_AGAIN}"


def finish(session: MutableMapping[str, Any], *, state: str, code: str, by: Actor) -> Connection:
    """Exchange the code and keep what Slack gives. Not inside a transaction: Slack is asked.

    :raises Invalid: as `pending`, or Slack does not take the code; says why.
    :raises PartnerTrouble: Slack does not answer; the code may be used again.
    """
    require(by, Right.ADMINISTER, "install into Slack")
    connection = pending(session, state)
    # Used up before Slack is asked: a second click finds nothing.
    del session[_SESSION]
    return keep(connection=connection, installed=_exchange(connection, code), by=by)


def _exchange(connection: Connection, code: str) -> Installed:
    client = SlackClient("", settings.SLACK_API_URL, TIMEOUT, name=f"oauth:{connection.pk}")
    try:
        said = client.call(
            "oauth.v2.access",
            client_id=str(connection.settings.get("client_id", "")),
            client_secret=str(connection.secrets.get("client_secret", "")),
            code=code,
            redirect_uri=_way_back(),
        )
    except SlackRefused as refused:
        raise Invalid(why_refused(refused.code), field="code")
    team = said.get("team") or {}
    if not team.get("id"):
        raise Invalid(
            f"The app was installed for a whole organisation; Warroom needs one workspace. {_HOW_AGAIN}", field="code"
        )
    if said.get("token_type") != "bot" or not str(said.get("access_token", "")).strip():
        raise Invalid("Slack gave no bot token. See that the app has a bot user.", field="code")
    if said.get("refresh_token"):
        raise Invalid(
            "Token rotation is on in the app, which Warroom does not use. Make the app anew from the manifest.",
            field="code",
        )
    return Installed(
        token=str(said["access_token"]),
        team_id=str(team["id"]),
        team=str(team.get("name", "")),
        app_id=str(said.get("app_id", "")),
        scopes=str(said.get("scope", "")),
    )


@operation
def keep(*, connection: Connection, installed: Installed, by: Actor) -> Connection:
    """Put the token where it belongs: the workspace's own connection, this one, or a new one beside it.

    :raises Conflict: the workspace is connected through another app, or nothing may be kept there; says what to do.
    """
    rows = Connection.objects.select_for_update(no_key=True).present().filter(kind="slack").order_by("pk")
    found = {row.pk: row for row in rows}
    asked = found.get(connection.pk)
    if asked is None:
        raise Conflict("The connection was removed meanwhile.")
    there = [row for row in found.values() if row.settings.get("team_id") == installed.team_id]
    own = asked if asked in there else next(iter(there), None)
    if own is not None and own != asked and not _has_this_app(own, asked, installed):
        raise Conflict(
            _OTHER_APP.format(team=installed.team or installed.team_id, name=own.name),
            hint="Nothing was changed here.",
        )
    target = own or (asked if not asked.settings.get("team_id") else _beside(asked, installed))
    if target.from_environment:
        raise Conflict("The environment gives this connection; put the token into SLACK_BOT_TOKEN.")
    target.settings = {
        **target.settings,
        "team_id": installed.team_id,
        "team": installed.team,
        "realm": f"slack:{installed.team_id}",
        "app_id": installed.app_id,
        "installed_at": int(clock.now().timestamp()),
    }
    target.put_secrets({**target.secrets, "bot_token": installed.token})
    target.trouble, target.trouble_since = "", None
    target.save()
    audit.record(
        by,
        "connection.installed",
        "connection",
        target.pk,
        after={"team": installed.team_id, "scopes": installed.scopes},
    )
    _go_on(target)
    return target


def _has_this_app(own: Connection, asked: Connection, installed: Installed) -> bool:
    """Tell whether a workspace's connection belongs to the app that was installed just now."""
    app_id = str(own.settings.get("app_id", ""))
    if app_id and installed.app_id:
        return app_id == installed.app_id
    client_id = str(own.settings.get("client_id", ""))
    if client_id and client_id == str(asked.settings.get("client_id", "")):
        return True
    return not own.has_lost_key and _is_same_app(own.secrets, asked.secrets)


def _beside(asked: Connection, installed: Installed) -> Connection:
    """A second workspace has a connection of its own, with the same app behind it."""
    kept = ("client_id",)
    row = Connection(
        kind="slack",
        name=f"Slack {installed.team}".strip()[:80],
        settings={name: asked.settings[name] for name in kept if name in asked.settings},
    )
    shared = ("signing_secret", "client_secret", "app_token")
    row.put_secrets({name: value for name, value in asked.secrets.items() if name in shared})
    return row


def sibling(connection: Connection, team_id: str) -> Connection | None:
    """The connection of another workspace that has the same app, so that one may hear what the other is sent."""
    rows = Connection.objects.present().filter(kind="slack", is_on=True).exclude(pk=connection.pk)
    there = [row for row in rows if row.settings.get("team_id") == team_id and not row.has_lost_key]
    return next((row for row in there if _is_same_app(row.secrets, connection.secrets)), None)


def _is_same_app(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """A common signing secret (any of those that are good) or token of Socket Mode."""
    shared = set(values_of(one.get("signing_secret", ""))) & set(values_of(other.get("signing_secret", "")))
    token = str(one.get("app_token", "")).strip()
    return bool(shared) or bool(token and token == str(other.get("app_token", "")).strip())


def _go_on(connection: Connection) -> None:
    """What waited for the new token goes now."""
    waiting = Lane.objects.filter(connection=connection, due_at__isnull=False)
    waiting.update(due_at=clock.now(), next_at=None)
    doorbell.ring_after_commit(Lane)


def _way_back() -> str:
    return f"{settings.BASE_URL.rstrip('/')}{CALLBACK}"


def _authorize_page() -> str:
    """Slack's page, GovSlack's, or that of whatever SLACK_API_URL speaks to."""
    parts = urlsplit(settings.SLACK_API_URL)
    return f"{parts.scheme}://{parts.netloc}/oauth/v2/authorize"
