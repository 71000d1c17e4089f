"""Making channels, and finding the one whose making was never answered."""

import re
import secrets
from collections.abc import Iterator
from typing import Any

from chatops.port import Made
from common.errors import PartnerTrouble
from integrations.slack.client import SlackClient
from integrations.slack.values import Own

#: docs.slack.dev/reference/methods/conversations.create: lower case, digits, hyphen, underscore
_LONGEST_NAME = 80
_NUMBERED = 5
_SUFFIX = re.compile(r"[2-5]|[0-9a-f]{4}")
_PAGES, _PAGE = 20, 999


def slug(name: str) -> str:
    """A name that Slack takes: `Inc 142: Checkout!` → `inc-142-checkout`."""
    kept = re.sub(r"[^a-z0-9_-]+", "-", name.lower())
    return re.sub(r"-{2,}", "-", kept)[:_LONGEST_NAME].strip("-_") or "incident"


def create(client: SlackClient, name: str, *, is_private: bool, marker: str) -> dict[str, Any]:
    """Make a channel; a taken name (also by an archived channel) gets a suffix.

    :raises PartnerTrouble: Slack refuses, or its answer was lost.
    """
    base = slug(name)
    for tried in _candidates(base):
        try:
            channel: dict[str, Any] = client.call("conversations.create", name=tried, is_private=is_private)["channel"]
        except PartnerTrouble as trouble:
            if trouble.code == "name_taken":
                continue
            raise
        _mark(client, str(channel["id"]), marker)
        return channel
    raise PartnerTrouble(f"Slack says that every name like {base} is taken.", permanent=True, code="name_taken")


def find_made(client: SlackClient, own: Own, name: str, *, is_private: bool, marker: str) -> dict[str, Any] | None:
    """Return the channel that an earlier try has made, among the bot's own conversations.

    It carries the marker in its purpose, or no marker yet and the name that was asked for: the try may
    have ended between the two.
    """
    unmarked = None
    for channel in _own_channels(client):
        purpose = str((channel.get("purpose") or {}).get("value", ""))
        topic = str((channel.get("topic") or {}).get("value", ""))
        if _signed(marker) in purpose or _signed(marker) in topic:
            return channel
        is_ours = channel.get("creator") == own.user_id and bool(channel.get("is_private")) == is_private
        if is_ours and _signed("")[:-1] not in purpose and _could_be(str(channel.get("name")), slug(name)):
            unmarked = channel
    if unmarked is not None:
        _mark(client, str(unmarked["id"]), marker)
    return unmarked


def made(channel: dict[str, Any], own: Own) -> Made:
    """The core's value of a channel; Slack may have altered the name."""
    id_ = str(channel["id"])
    return Made(id_, str(channel.get("name", "")), f"https://app.slack.com/client/{own.team_id}/{id_}")


def _candidates(base: str) -> Iterator[str]:
    yield base
    for number in range(2, _NUMBERED + 1):
        yield _with_suffix(base, str(number))
    yield _with_suffix(base, secrets.token_hex(2))


def _with_suffix(base: str, suffix: str) -> str:
    return f"{base[: _LONGEST_NAME - len(suffix) - 1].rstrip('-_')}-{suffix}"


def _could_be(name: str, base: str) -> bool:
    """Tell whether `create` could have given this name for the base."""
    suffix = name.rpartition("-")[2]
    return name == base or (bool(_SUFFIX.fullmatch(suffix)) and name == _with_suffix(base, suffix))


def _own_channels(client: SlackClient) -> Iterator[dict[str, Any]]:
    """The bot's own conversations that are in use. The only listing there is."""
    cursor = ""
    for _ in range(_PAGES):
        answer = client.call(
            "users.conversations",
            types="public_channel,private_channel",
            exclude_archived=True,
            limit=_PAGE,
            **({"cursor": cursor} if cursor else {}),
        )
        yield from answer.get("channels") or []
        cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor:
            return


def _signed(marker: str) -> str:
    return f"(warroom {marker})"


def _mark(client: SlackClient, channel: str, marker: str) -> None:
    """Leave the marker in the purpose. The channel exists and counts; a purpose that fails does not undo it."""
    try:
        client.call("conversations.setPurpose", channel=channel, purpose=f"Incident room {_signed(marker)}")
    except PartnerTrouble:
        return
