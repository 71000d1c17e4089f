"""Files that lie with the fake Slack: shared by people, read with the token, uploaded by us.

Shapes: docs.slack.dev/reference/objects/file-object. A token without files:read is led to a sign-in page.
"""

from dataclasses import dataclass, field
from typing import Any

from tests.fakes.slack_server.params import Params
from tests.fakes.slack_server.registry import Answer, method
from tests.fakes.slack_server.world import Refusal, World

SIGN_IN = b"<!DOCTYPE html><html><title>Sign in</title></html>"


@dataclass
class Hosted:
    """One file."""

    id: str
    name: str
    mimetype: str
    content: bytes
    owner: str
    #: where our own uploads were shared, as (channel, thread); empty until completed
    shared: list[tuple[str, str]] = field(default_factory=list)

    def as_json(self, address: str) -> dict[str, Any]:
        private = f"{address}/files-pri/{self.id}/{self.name}"
        return {
            "id": self.id,
            "name": self.name,
            "title": self.name,
            "mimetype": self.mimetype,
            "size": len(self.content),
            "mode": "hosted",
            "user": self.owner,
            "file_access": "visible",
            "url_private": private,
            "url_private_download": private,
            "permalink": f"https://example.slack.test/files/{self.owner}/{self.id}/{self.name}",
        }


def give(world: World, files: dict[str, Hosted], path: str, token: str) -> tuple[int, bytes, dict[str, str]]:
    """Status, bytes and headers for a request of a file."""
    state = world.tokens.get(token, "")
    if state != "ok" or "files:read" not in world.scopes:
        return 200, SIGN_IN, {"Content-Type": "text/html; charset=utf-8"}
    found = files.get(path.split("/")[2])
    if found is None:
        return 404, b"", {}
    headers = {"Content-Type": found.mimetype, "Content-Disposition": f'attachment; filename="{found.name}"'}
    return 200, found.content, headers


@method("files.info", "files:read")
def info(world: World, params: Params) -> Answer:
    found = world.files.get(params.text("file"))
    if found is None:
        raise Refusal("file_not_found")
    return {"file": found.as_json(world.address)}


@method("files.getUploadURLExternal", "files:write")
def upload_url(world: World, params: Params) -> Answer:
    if not params.text("filename") or params.number("length", 0, 10**9) < 1:
        raise Refusal("invalid_arguments")
    hosted = Hosted(world.new_id("F"), params.text("filename"), "application/octet-stream", b"", world.bot.id)
    world.files[hosted.id] = hosted
    return {"upload_url": f"{world.address}/upload/{hosted.id}", "file_id": hosted.id}


def take(world: World, path: str, content: bytes) -> tuple[int, bytes, dict[str, str]]:
    """The bytes of an upload."""
    found = world.files.get(path.split("/")[2])
    if found is None:
        return 404, b"", {}
    found.content = content
    return 200, b"OK", {}


@method("files.completeUploadExternal", "files:write")
def complete(world: World, params: Params) -> Answer:
    """The file is shown: a message of ours with nothing but files."""
    channel = world.channel(params.text("channel_id"), as_member=True, alive=True)
    thread = params.text("thread_ts")
    if thread and thread not in channel.messages:
        raise Refusal("invalid_thread_ts")
    shown = []
    for entry in params.structure("files") or []:
        hosted = world.files.get(entry.get("id"))
        if hosted is None or not hosted.content or hosted.shared:
            raise Refusal("file_not_found")
        hosted.name = entry.get("title") or hosted.name
        hosted.shared.append((channel.id, thread))
        shown.append(hosted.as_json(world.address))
    extra = {"subtype": "file_share", "files": shown, "bot_id": world.bot_id, "app_id": world.app_id}
    world.put_message(channel, world.bot.id, "", thread, **extra)
    return {"files": shown}
