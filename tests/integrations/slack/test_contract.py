"""Slack passes what every chat must do, through slack_sdk and a fake Slack on loopback."""

from collections.abc import Sequence
from typing import Any

import pytest

from chatops.port import ChatPort
from integrations.kit.contracts.chat import ChatContract, Shown, Stage
from integrations.kit.contracts.people import PeopleContract
from integrations.slack.chat import SlackChat
from integrations.slack.emojis import emoji_of
from tests.fakes.slack_server import FakeSlack, broken, done_but_silent, rate_limited

#: which of Slack's methods does the effect of a method of the port
_METHODS = {"post": "chat.postMessage", "create_room": "conversations.create", "tell": "chat.postMessage"}


def _labels(blocks: list[dict[str, Any]]) -> list[str]:
    """What stands on the buttons."""
    rows = [block["elements"] for block in blocks if block["type"] == "actions"]
    return [element["text"]["text"] for row in rows for element in row]


class SlackStage:
    """The fake Slack as the contract sees it."""

    unknown_person = "U0NOBODY"

    def __init__(self, slack: FakeSlack, chat: ChatPort) -> None:
        self.slack, self.chat = slack, chat
        bo = slack.person("Bo")
        self.bo = bo
        self.known_person, self.known_email = bo.id, bo.email

    def trigger(self) -> str:
        return self.slack.world.new_trigger(self.bo.id)

    def dialog(self) -> tuple[str, Sequence[str], Sequence[str]] | None:
        view = self.slack.view(self.bo)
        if view is None:
            return None
        blocks = view.content["blocks"]
        inputs = [block["block_id"] for block in blocks if block["type"] == "input"]
        return view.content["title"]["text"], inputs, _labels(blocks)

    def close_dialog(self) -> None:
        view = self.slack.view(self.bo)
        assert view is not None
        self.slack.close(view)

    def heard_alone(self) -> Sequence[str]:
        calls = self.slack.journal.calls("chat.postEphemeral", ok=True)
        return [call.params["text"] for call in calls if call.params["user"] == self.bo.id]

    def direct(self) -> Sequence[str]:
        return [post["text"] for post in self.slack.posts(self.slack.direct(self.bo))]

    def home(self) -> Sequence[str]:
        return _labels(self.slack.world.views.homes[self.bo.id].content["blocks"])

    def messages(self, room: str) -> list[Shown]:
        return [
            Shown(
                ref=message["ts"],
                text=message["text"],
                thread=message.get("thread_ts", ""),
                author=message.get("username", ""),
                buttons=tuple(
                    element["text"]["text"]
                    for block in message.get("blocks", [])
                    for element in block.get("elements", [])
                ),
            )
            for message in self.slack.posts(room)
        ]

    def members(self, room: str) -> list[str]:
        return self.slack.world.channels[room].members

    def topic(self, room: str) -> str:
        return self.slack.world.channels[room].topic

    def pins(self, room: str) -> list[str]:
        return self.slack.world.channels[room].pins

    def reactions(self, room: str, ref: str) -> list[str]:
        world = self.slack.world
        found = world.channels[room].messages[ref].reactions
        return [emoji_of(name) for name, users in found.items() if world.bot.id in users]

    def bookmarks(self, room: str) -> list[str]:
        return [entry["link"] for entry in self.slack.world.channels[room].bookmarks]

    def is_archived(self, room: str) -> bool:
        return self.slack.world.channels[room].is_archived

    def rooms(self) -> list[str]:
        return [channel.name for channel in self.slack.world.channels.values()]

    def answer_address(self) -> str:
        return self.slack.response_address()

    def answers(self, address: str) -> list[tuple[str, bool]]:
        given = self.slack.responses.get(address.rsplit("/", 1)[-1], [])
        return [(body["text"], body["response_type"] == "in_channel") for body in given if "text" in body]

    def limit(self, method: str, seconds: int) -> None:
        self.slack.fail(_METHODS[method], rate_limited(seconds))

    def lose_answer(self, method: str) -> None:
        self.slack.fail(_METHODS[method], done_but_silent())

    def break_down(self, method: str) -> None:
        self.slack.fail(_METHODS[method], broken(503))


class TestSlack(ChatContract, PeopleContract):
    @pytest.fixture
    def stage(self, slack: FakeSlack, chat: SlackChat) -> Stage:
        return SlackStage(slack, chat)
