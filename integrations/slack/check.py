"""The Test button of a Slack connection: what works, what is missing, and what to do next."""

from common.errors import PartnerTrouble
from connections.models import Connection
from integrations.slack import learning
from integrations.slack.client import SlackClient, SlackRefused, client_for
from integrations.slack.models import Fact

#: what the app's manifest asks for (README.md), except what we can do without
NEEDED = (
    *("app_mentions:read", "bookmarks:read", "bookmarks:write", "channels:history", "channels:join"),
    *("channels:manage", "channels:read", "chat:write", "chat:write.public", "commands", "groups:history"),
    *("groups:read", "groups:write", "im:history", "im:write", "pins:read", "pins:write", "reactions:read"),
    *("reactions:write", "team:read", "users:read", "users:read.email"),
)
#: the permissions we can do without, and how it is then
USEFUL = {"chat:write.customize": "lines carry their writer's name in the text"}

_UNSIGNED = (
    "The Signing Secret is not set, so everything that Slack sends is refused: enter the one from Basic Information "
    "in your app."
)
_SIGNED_OTHERWISE = (
    "Nothing came from Slack yet, and requests were refused ({count}): the Signing Secret here is not your app's. "
    "Enter the one from Basic Information in your app."
)
_NOTHING_YET = (
    "Nothing came from Slack yet: in your app open Event Subscriptions and choose Retry next to the Request URL."
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


def check(connection: Connection) -> str:
    """Say what works.

    :raises PartnerTrouble: something does not; says what to do about it.
    """
    if not str(connection.secrets.get("signing_secret", "")).replace(",", " ").strip():
        raise PartnerTrouble(_UNSIGNED, permanent=True, needs_hands=True, code="no_secret")
    client = client_for(connection)
    own = learning.ask_self(client)
    learning.put(connection, Fact.SELF, "", own)
    without = _scopes(client)
    _announcing(connection, client)
    said = f"Slack answers: the app is “{own['user']}” in the workspace “{own['team']}”."
    return " ".join(part for part in (said, without, _heard(connection)) if part)


def _scopes(client: SlackClient) -> str:
    """What is missing and no great loss.

    :raises PartnerTrouble: a permission is missing that is needed; each is named.
    """
    if client.scopes is None:
        return "It did not say which permissions the app has."
    missing = [scope for scope in NEEDED if scope not in client.scopes]
    if missing:
        text = _MISSING.format(names=", ".join(missing))
        raise PartnerTrouble(text, permanent=True, needs_hands=True, code="missing_scope")
    without = [f"Without {scope} {how}." for scope, how in USEFUL.items() if scope not in client.scopes]
    return " ".join(without) or "It has every permission."


def _announcing(connection: Connection, client: SlackClient) -> None:
    """:raises PartnerTrouble: the channel for announcements is set and can't be used."""
    channel = str(connection.settings.get("announce_channel", "")).strip()
    if not channel:
        return
    try:
        found = client.call("conversations.info", channel=channel)["channel"]
    except SlackRefused as refused:
        if refused.code != "channel_not_found":
            raise
        raise PartnerTrouble(_NO_CHANNEL.format(channel=channel), permanent=True, code=refused.code) from refused
    if found.get("is_archived"):
        raise PartnerTrouble(_ARCHIVED.format(channel=channel), permanent=True, code="is_archived")


def _heard(connection: Connection) -> str:
    """:raises PartnerTrouble: whatever came was refused."""
    if connection.last_event_at is not None:
        return f"The last request from it came on {connection.last_event_at:%Y-%m-%d at %H:%M} UTC."
    if connection.refused_count:
        text = _SIGNED_OTHERWISE.format(count=connection.refused_count)
        raise PartnerTrouble(text, permanent=True, needs_hands=True, code="other_secret")
    return _NOTHING_YET
