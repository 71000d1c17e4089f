"""Handing a file over to Slack: it names an address, takes the bytes there, and is told where to show them.

docs.slack.dev/messaging/working-with-files (files.getUploadURLExternal, files.completeUploadExternal).
"""

import http.client
from collections.abc import Iterable, Mapping
from typing import Any

from chatops.port import FileToShare
from common.errors import PartnerTrouble
from integrations.slack.client import TIMEOUT, SlackClient, trouble_of
from integrations.slack.downloads import slack_address

_LONGEST_ALT = 1000
_PATIENCE = TIMEOUT * 2


def upload(client: SlackClient, room: str, thread: str, file: FileToShare) -> None:
    """Share the file in the thread.

    :raises PartnerTrouble: refused, limited, or no clear answer.
    """
    alt = {"alt_txt": file.alt[:_LONGEST_ALT]} if file.alt else {}
    place = client.call("files.getUploadURLExternal", filename=file.name, length=len(file.content), **alt)
    _send(str(place.get("upload_url", "")), file.content)
    client.call(
        "files.completeUploadExternal",
        files=[{"id": str(place.get("file_id", "")), "title": file.name}],
        channel_id=room,
        thread_ts=thread,
    )


def is_there(messages: Iterable[Mapping[str, Any]], file: FileToShare, own_user: str) -> bool:
    """Tell whether one of these messages of ours carries the file."""
    return any(
        found.get("title") == file.name and found.get("size") == len(file.content)
        for message in messages
        if message.get("user") == own_user
        for found in message.get("files") or []
    )


def _send(address: str, content: bytes) -> None:
    """:raises PartnerTrouble: not Slack's address, or not taken. Nothing is shown yet, so all can be done again."""
    parts = slack_address(address)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    caller = kind(parts.hostname or "", parts.port, timeout=_PATIENCE)
    try:
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        caller.request("POST", path, body=content, headers={"Content-Type": "application/octet-stream"})
        status = caller.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise PartnerTrouble(trouble_of(error).message, code="upload") from error
    finally:
        caller.close()
    if status != 200:
        raise PartnerTrouble(f"Slack answers {status} to the file.", code=f"http_{status}")
