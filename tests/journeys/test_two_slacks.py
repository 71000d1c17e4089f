"""Our fake Slack beside the emulator that somebody else has written: the same calls, compared.

Each method that the product uses is called on both, well and wrongly, by the official client. Where the two differ, it
stands below with whose word is right and where that is written; a difference that is not listed fails, and so does
one that is gone. Found this way and mended in our fake: an edit in an archived channel is `is_inactive`, renames,
descriptions and archiving leave a notice in the channel, threads name who answers, pages of answers say whether
more follow, a channel says whether we are in it, views name their app.
"""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from slack_sdk import WebClient

from tests.fakes.slack_emulator import Emulator, why_not
from tests.fakes.slack_server import FakeSlack
from tests.fakes.slack_server.registry import ALL_SCOPES, METHODS
from tests.journeys.play import Outcome, Stage, methods, play

needs_emulator = pytest.mark.skipif(bool(why_not()), reason=why_not() or "it is here")

TOKEN = "xoxb-invented"
BOT = {"bot_id": "B0WARROOM1", "bot_user_id": "U0WARROOM1"}
PEOPLE = ("bo", "cleo")
WORKSPACE: dict[str, Any] = {
    "signing_secret": "invented",
    "strict_scopes": True,
    "team": {"name": "Example", "domain": "example"},
    "users": [{"name": name, "real_name": name.title(), "email": f"{name}@example.com"} for name in PEOPLE],
    "oauth_apps": [
        {"client_id": "1.1", "client_secret": "s", "name": "warroom", "redirect_uris": [], "scopes": [], **BOT}
    ],
    "tokens": [
        {"token": TOKEN, "type": "bot", "user_id": BOT["bot_user_id"], "scopes": sorted(ALL_SCOPES), **BOT},
        *({"token": f"xoxp-{name}", "user": name, "scopes": sorted(ALL_SCOPES)} for name in PEOPLE),
    ],
}

_PAGES = "docs.slack.dev/reference/methods/"
#: step: (our answer, theirs, whose word is right and where it stands); "" is an answer without an error
CODES = {
    "conversations.create odd name": ("invalid_name_specials", "", f"ours: {_PAGES}conversations.create"),
    "conversations.invite some": ("", "user_not_found", f"ours: `force` in {_PAGES}conversations.invite"),
    "conversations.kick again": (
        "not_in_channel",
        "user_not_in_channel",
        "ours: Slack's API data lists only not_in_channel; the product takes both",
    ),
    "conversations.history not in it": ("not_in_channel", "", f"ours: {_PAGES}conversations.history, for bot tokens"),
    "conversations.replies lost": ("thread_not_found", "", "ours: Slack's API data, conversations.replies"),
    "chat.postMessage lost thread": (
        "thread_not_found",
        "",
        f"not sure: {_PAGES}chat.postMessage names cannot_reply_to_message; the product takes both, and no refusal",
    ),
    "chat.postMessage wrong block": ("invalid_blocks", "", f"ours: {_PAGES}chat.postMessage"),
    "chat.update long": ("msg_too_long", "", "ours: Slack's API data, chat.update"),
    "chat.update archived": ("is_inactive", "", "ours: Slack's API data, chat.update"),
    "reactions.add archived": (
        "is_archived",
        "",
        f"ours: nothing is written in archived channels ({_PAGES}reactions.add)",
    ),
    "users.conversations": ("", "no such method", "the emulator does not have it (its README)"),
    "usergroups.list": ("", "no such method", "the emulator does not have it (its README)"),
}  # fmt: skip
#: (steps, places) that only one of the two answers has, as patterns, with the reason
OURS_ALONE = {
    ("auth.test", "is_enterprise_install"): "its page shows it; the emulator has no organisations",
    ("conversations.*", "channel.is_general"): "Slack's API data, objs_channel",
    ("chat.*", "message.app_id"): "posts of apps carry both (reference: message events); read to know our own",
    ("chat.*", "message.bot_id"): "the same",
    ("pins.list", "items.message.*"): "the same, and what is in the thread",
    (
        "conversations.history*",
        "messages.*",
    ): "app and bot as above; rich_text of people; what a root says of its thread",
    ("conversations.history*", "pin_count"): "Slack's API data, conversations.history",
    ("conversations.replies", "messages.*"): "app and bot as above; what a root says of its thread",
    ("conversations.replies", "response_metadata.next_cursor"): "ours is empty on the last page, theirs is left out",
    ("users.*", "user.is_*"): "Slack's API data, objs_user; guests and unconfirmed addresses are known by them",
    ("users.*", "user.tz"): "Slack's API data, objs_user",
    ("files*", "*file_access"): "the file object's page; foreign files are known by it",
}
THEIRS_ALONE = {
    ("conversations.*", "channel.is_open"): "only in answers about direct messages; nobody reads it",
    ("conversations.*", "channel.last_read"): "only for people's tokens; nobody reads it",
    ("conversations.setPurpose", "purpose"): "an older form of the answer; nobody reads it",
    ("chat.*", "message.unfurl_*"): "a parameter given back; Slack's messages have no such field",
    ("chat.update", "message.reply_*"): "what a root says of its thread; nobody reads it there",
    ("pins.list", "items.message.*"): "thread, address and parameters of the message; nobody reads pins.list",
    ("conversations.*", "messages.unfurl_*"): "a parameter given back; Slack's messages have no such field",
    ("bookmarks.*", "*last_updated_by_team_id"): "nobody reads it",
    ("users.*", "user.profile.*"): "status, phone and other forms of the name; nobody reads them",
    ("files*", "*"): "where a file is shared and how it is shown; the product reads name, type, size and address",
}


@pytest.fixture(scope="module")
def ours() -> Iterator[dict[str, Outcome]]:
    with FakeSlack() as slack:
        bo, cleo = slack.person("Bo"), slack.person("Cleo")
        elsewhere = slack.channel("elsewhere", cleo, with_bot=False)

        def says(channel: str, text: str) -> str:
            slack.say(slack.world.channels[channel], bo, text)
            return slack.world.channels[channel].in_order()[-1].ts

        yield play(
            Stage(
                web=WebClient(slack.token, slack.api_url, retry_handlers=[]),
                bot=slack.world.bot.id,
                bo=bo.id,
                cleo=cleo.id,
                trigger=lambda: slack.world.new_trigger(bo.id),
                says=says,
                elsewhere=elsewhere.id,
            )
        )
        assert slack.violations == []


@pytest.fixture(scope="module")
def theirs() -> Iterator[dict[str, Outcome]]:
    # Nobody listens for its events here.
    with Emulator("http://127.0.0.1:9/", WORKSPACE) as emulator:
        web, bo, cleo = (
            WebClient(token, emulator.api_url, retry_handlers=[]) for token in (TOKEN, "xoxp-bo", "xoxp-cleo")
        )
        who = {person: person.auth_test()["user_id"] for person in (web, bo, cleo)}

        def trigger() -> str:
            return str(web.api_call("views.generateTriggerId", json={"user_id": who[bo]})["trigger_id"])

        yield play(
            Stage(
                web=web,
                bot=who[web],
                bo=who[bo],
                cleo=who[cleo],
                trigger=trigger,
                says=lambda channel, text: str(bo.chat_postMessage(channel=channel, text=text)["ts"]),
                elsewhere=cleo.conversations_create(name="elsewhere")["channel"]["id"],
            )
        )


def test_every_method_that_the_product_calls_is_played() -> None:
    product = Path(__file__).parents[2] / "integrations" / "slack"
    text = "\n".join(path.read_text(encoding="utf-8") for path in product.rglob("*.py") if path.name != "limits.py")
    called = set(re.findall(r'"([a-z]+(?:\.[a-zA-Z]+)+)"', text)) & METHODS.keys()

    # A websocket's address is asked for with another token; tests/integrations/slack/test_sockets.py does.
    assert called - methods() == {"apps.connections.open"}


@needs_emulator
@pytest.mark.processes
def test_both_refuse_the_same(ours: dict[str, Outcome], theirs: dict[str, Outcome]) -> None:
    differ = {step: (ours[step].code, theirs[step].code) for step in ours if ours[step].code != theirs[step].code}

    assert differ == {step: (mine, other) for step, (mine, other, _) in CODES.items()}


@needs_emulator
@pytest.mark.processes
def test_both_answer_in_the_same_shape(ours: dict[str, Outcome], theirs: dict[str, Outcome]) -> None:
    alike = [step for step in ours if not ours[step].code and not theirs[step].code]
    types = {
        (step, place): (kind, theirs[step].shape[place])
        for step in alike
        for place, kind in ours[step].shape.items()
        if theirs[step].shape.get(place, kind) != kind
    }

    assert types == {}
    _all_listed({(step, place) for step in alike for place in _only(ours, theirs, step)}, OURS_ALONE)
    _all_listed({(step, place) for step in alike for place in _only(theirs, ours, step)}, THEIRS_ALONE)


def _only(one: dict[str, Outcome], other: dict[str, Outcome], step: str) -> set[str]:
    return {place.replace("[]", "") for place in one[step].shape.keys() - other[step].shape.keys()}


def _all_listed(found: set[tuple[str, str]], listed: dict[tuple[str, str], str]) -> None:
    """Each has an entry, and no entry is there for nothing."""

    def fits(place: tuple[str, str], entry: tuple[str, str]) -> bool:
        return fnmatchcase(place[0], entry[0]) and fnmatchcase(place[1], entry[1])

    assert {place for place in found if not any(fits(place, entry) for entry in listed)} == set()
    assert {entry for entry in listed if not any(fits(place, entry) for place in found)} == set()
