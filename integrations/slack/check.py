"""The Test button of a Slack connection: what works, what is missing, and what to do next, point by point."""

from datetime import timedelta

from django.conf import settings

from common import clock
from common.errors import PartnerTrouble
from connections.checks import BAD, GOOD, WAIT, WARN, Finding, checked_at, refused_since
from connections.models import Connection
from integrations.slack import learning, scopes
from integrations.slack.client import TIMEOUT, SlackClient, SlackRefused, client_for
from integrations.slack.installing import names_here
from integrations.slack.models import Fact
from integrations.slack.reach import why_unreachable

_SIGN_OF_LIFE = timedelta(minutes=3)
_UNSIGNED = (
    "The Signing Secret is not set, so everything that Slack sends is refused: enter the one from Basic Information "
    "in your app."
)
_SIGNED_OTHERWISE = (
    "Nothing came from Slack yet, and requests were refused ({count}): the Signing Secret here is not your app's. "
    "Enter the one from Basic Information in your app."
)
_REFUSED_NOW = (
    "Since the last test {count} requests were refused and none was accepted: the Signing Secret here is not your "
    "app's any more. Enter the one from Basic Information in your app."
)
_NOTHING_YET = (
    "Nothing came from Slack yet: in your app open Event Subscriptions and choose Retry next to the Request URL."
)
_NOTHING_BY_SOCKET = "Nothing came from Slack yet: say something to the app in Slack, such as /incident help."
_UNREACHABLE = (
    "Slack can't call {address}: {why}. Set BASE_URL to an address that the internet reaches by https, or use Socket "
    "Mode: enter an App-Level Token."
)
_MISSING = (
    "The app lacks permissions: {names}. In your app add them under OAuth & Permissions > Scopes, then choose "
    "Reinstall to Workspace."
)
_NO_CHANNEL = (
    "The incidents channel {channel} does not exist, or the app may not see it: enter the Channel ID from the end of "
    "its About tab; into a private one invite the app with /invite."
)
_ARCHIVED = "The incidents channel {channel} is archived: bring it back, or enter the Channel ID of another."
#: how tokens begin, and what they are: people paste one where another belongs
_KINDS = {
    "xoxp-": "a User OAuth Token",
    "xapp-": "an App-Level Token",
    "xoxe": "a token of the app's configuration",
    "xoxb-": "a Bot User OAuth Token",
}
_OTHER_TOKEN = "What stands as {label} is {kind}; it has to begin with {start}. {where}"  # noqa: S105
_BOT_TOKEN = ("Bot User OAuth Token", "xoxb-", "It stands in your app under OAuth & Permissions.")
_APP_TOKEN = (
    "App-Level Token",
    "xapp-",
    "It is made in your app under Basic Information > App-Level Tokens, with the scope connections:write.",
)
_SOCKET_REFUSED = (
    "Slack does not take the App-Level Token ({code}). Make one in your app under Basic Information > App-Level Tokens "
    "with the scope connections:write, and see that Socket Mode is on there."
)


def check(connection: Connection) -> list[Finding]:
    """Look at everything that can be wrong; what depends on a token that does not work is left out.

    :raises PartnerTrouble: Slack does not answer, so that nothing can be said.
    """
    found = _with_token(connection)
    if is_by_socket(connection):
        found.append(_by_socket(connection))
    elif str(connection.secrets.get("signing_secret", "")).replace(",", " ").strip():
        found.append(standing(connection))
    else:
        found.insert(0, Finding("Signing Secret", BAD, _UNSIGNED))
    return [*found, *(Finding("Command names", WARN, name.refused) for name in names_here() if name.refused)]


def is_by_socket(connection: Connection) -> bool:
    """Tell whether events come over a connection that we hold, because Slack can't call us."""
    return bool(str(connection.secrets.get("app_token", "")).strip())


# --- What goes out ----------------------------------------------------------------------------------


def _with_token(connection: Connection) -> list[Finding]:
    other = _other_token(str(connection.secrets.get("bot_token", "")), *_BOT_TOKEN)
    if other:
        return [Finding("Bot token", BAD, other)]
    try:
        client = client_for(connection, even_paused=True)
        own = learning.ask_self(client)
    except PartnerTrouble as trouble:
        if trouble.code in ("timeout", "ratelimited") or not (trouble.permanent or trouble.needs_hands):
            raise
        return [Finding("Bot token", BAD, trouble.message)]
    learning.put(connection, Fact.SELF, "", own)
    said = f"Slack answers: the app is “{own['user']}” in the workspace “{own['team']}”."
    return [Finding("Bot token", GOOD, said), *_permissions(client), *_announcing(connection, client)]


def _other_token(token: str, label: str, start: str, where: str) -> str:
    """Say that this is a token of another kind; empty when it may be right."""
    token = token.strip()
    kind = next((words for begins, words in _KINDS.items() if token.startswith(begins)), "")
    if not kind or token.startswith(start):
        return ""
    return _OTHER_TOKEN.format(label=label, kind=kind, start=start, where=where)


def _permissions(client: SlackClient) -> list[Finding]:
    name = "Permissions"
    if client.scopes is None:
        return [Finding(name, WARN, "It did not say which permissions the app has.")]
    missing = scopes.missing(client.scopes)
    needed = [scope.name for scope in missing if scope.is_needed]
    if needed:
        return [Finding(name, BAD, _MISSING.format(names=", ".join(needed)))]
    if missing:
        without = " ".join(f"Without {scope.name} {scope.without}." for scope in missing)
        return [Finding(name, WARN, f"{without} Add what you want under OAuth & Permissions > Scopes.")]
    return [Finding(name, GOOD, "It has every permission.")]


def _announcing(connection: Connection, client: SlackClient) -> list[Finding]:
    name = "Incidents channel"
    channel = str(connection.settings.get("announce_channel", "")).strip()
    if not channel:
        return []
    try:
        found = client.call("conversations.info", channel=channel)["channel"]
    except SlackRefused as refused:
        if refused.code not in ("channel_not_found", "missing_scope"):
            raise
        text = refused.message if refused.code == "missing_scope" else _NO_CHANNEL.format(channel=channel)
        return [Finding(name, BAD, text)]
    if found.get("is_archived"):
        return [Finding(name, BAD, _ARCHIVED.format(channel=channel))]
    return [Finding(name, GOOD, f"Incidents are announced in #{found.get('name', channel)}.")]


# --- What comes in ----------------------------------------------------------------------------------


def _by_socket(connection: Connection) -> Finding:
    token = str(connection.secrets.get("app_token", "")).strip()
    other = _other_token(token, *_APP_TOKEN)
    if other:
        return Finding("Socket Mode", BAD, other)
    client = SlackClient(token, settings.SLACK_API_URL, TIMEOUT, name=f"app:{connection.pk}")
    try:
        client.call("apps.connections.open", app_token=token)
    except SlackRefused as refused:
        return Finding("Socket Mode", BAD, _SOCKET_REFUSED.format(code=refused.code))
    return standing(connection)


def standing(connection: Connection) -> Finding:
    """What has come from Slack so far; asks nobody, so a page may read it again and again."""
    name = "Events"
    by_socket = is_by_socket(connection)
    if connection.last_event_at is None and connection.refused_count and not by_socket:
        return Finding("Signing Secret", BAD, _SIGNED_OTHERWISE.format(count=connection.refused_count))
    if by_socket and connection.last_event_at is None and _is_hearing(connection):
        return Finding(name, GOOD, f"The websocket to Slack is open. {_NOTHING_BY_SOCKET}")
    if connection.last_event_at is not None:
        last = f"The last request from it came on {connection.last_event_at:%Y-%m-%d at %H:%M} UTC."
        refused = refused_since(connection)
        if refused and not by_socket and not _accepted_since(connection):
            return Finding("Signing Secret", BAD, f"{_REFUSED_NOW.format(count=refused)} {last}")
        return Finding(name, GOOD, last)
    why = "" if by_socket else why_unreachable(settings.BASE_URL)
    if why:
        return Finding(name, BAD, _UNREACHABLE.format(address=settings.BASE_URL, why=why))
    return Finding(name, WAIT, _NOTHING_BY_SOCKET if by_socket else _NOTHING_YET)


def _is_hearing(connection: Connection) -> bool:
    """Tell whether the websockets have given a sign of life within the last minutes."""
    return connection.last_ping_at is not None and clock.now() - connection.last_ping_at < _SIGN_OF_LIFE


def _accepted_since(connection: Connection) -> bool:
    """Tell whether something was accepted after the last test."""
    at = checked_at(connection)
    return at is None or (connection.last_event_at is not None and connection.last_event_at > at)
