"""A whole incident through a Slack that somebody else has written, by the official client of the people too.

The second opinion to `test_slack.py`: the stateful emulator keeps the workspace, checks scopes, and signs and sends
the events; each of them reaches Warroom four times and shuffled with its neighbours. What it can't do is done here:

- slash commands are signed and sent by this test, and answered at an address that the launcher adds;
- it has no `users.conversations`, so nothing that looks for a lost channel is tried (tests/integrations/slack does);
- its events lack `authorizations`, `channel_type` and `api_app_id`, and it never repeats or limits;
- it names no scopes in its answers, so Warroom writes the names of web authors into the lines.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from slack_sdk import WebClient

from tests.fakes.slack_emulator import Emulator, Relay, why_not
from tests.fakes.slack_server.outbox import Outbox, form_parcel
from tests.fakes.slack_server.registry import ALL_SCOPES
from tests.journeys.client import Client, wait_until
from tests.journeys.slack import SECRET, WithSlack

pytestmark = [pytest.mark.processes, pytest.mark.skipif(bool(why_not()), reason=why_not() or "it is here")]

TOKEN = "xoxb-invented"
BOT = {"bot_id": "B0WARROOM1", "bot_user_id": "U0WARROOM1"}
PEOPLE = ("bo", "cleo")
WORKSPACE = {
    "signing_secret": SECRET,
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


@pytest.fixture(scope="module")
def relay() -> Iterator[Relay]:
    with Relay(copies=4, seed=7) as found:
        yield found
    assert found.refused == []


@pytest.fixture(scope="module")
def slack(relay: Relay) -> Iterator[Emulator]:
    with Emulator(relay.address, WORKSPACE) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def bo(slack: Emulator) -> WebClient:
    return WebClient(token="xoxp-bo", base_url=slack.api_url)


@pytest.fixture(scope="module")
def cleo(slack: Emulator) -> WebClient:
    return WebClient(token="xoxp-cleo", base_url=slack.api_url)


@pytest.fixture(scope="module")
def product(
    slack: Emulator, bo: WebClient, relay: Relay, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WithSlack]:
    installation = WithSlack(Path(tmp_path_factory.mktemp("emulator")), api_url=slack.api_url, token=TOKEN)
    installation.begin("seed_demo")
    installation.link("bo", team=bo.auth_test()["team_id"], id_=bo.auth_test()["user_id"])
    relay.to(installation.url)
    yield installation
    relay.halt()
    installation.stop()
    assert installation.faults() == ""


@pytest.fixture(scope="module")
def ada(product: WithSlack) -> Client:
    return Client(product.url, product.manage("create_token", "ada@example.com", "--scope", "all").split()[-1])


class Typist:
    """Somebody who types slash commands; each is sent four times, as after timeouts."""

    def __init__(self, product: WithSlack, slack: Emulator, person: WebClient) -> None:
        self._product, self._slack, self._who = product, slack, person.auth_test()
        self._outbox = Outbox(SECRET, time.time)

    def types(self, channel: str, line: str, name: str) -> None:
        command, _, text = line.partition(" ")
        fields = {
            "team_id": self._who["team_id"],
            "channel_id": channel,
            "user_id": self._who["user_id"],
            "user_name": self._who["user"],
            "command": command,
            "text": text,
            "response_url": self._slack.response_url(name),
            "trigger_id": f"trigger.{name}",
        }
        tries = self._outbox.deliver_all(self._product.url, copies=4, parcels=[form_parcel("commands", fields)])
        assert all(entry.is_taken for entry in tries)


def _channels(person: WebClient) -> list[dict[str, Any]]:
    return [found for found in person.conversations_list()["channels"] if found["name"].startswith("inc-")]


def _topic(person: WebClient, room: str) -> str:
    return str(person.conversations_info(channel=room)["channel"]["topic"]["value"])


def _lines(person: WebClient, room: str) -> list[dict[str, Any]]:
    """What is in the channel, oldest first."""
    return list(reversed(person.conversations_history(channel=room, limit=500)["messages"]))


def test_declare_converse_and_resolve_without_leaving_slack(
    product: WithSlack, slack: Emulator, bo: WebClient, cleo: WebClient, relay: Relay, ada: Client
) -> None:
    typist = Typist(product, slack, bo)
    bo_id = bo.auth_test()["user_id"]

    typist.types("C000000001", "/incident create Checkout 5xx --sev 1", "declare")
    room = str(wait_until(lambda: _channels(bo), "the channel")[0]["id"])
    number = int(_channels(bo)[0]["name"].split("-")[1])
    wait_until(lambda: bo.pins_list(channel=room)["items"], "the card is pinned")
    wait_until(lambda: bo_id in bo.conversations_members(channel=room)["members"], "Bo is invited")
    wait_until(lambda: f"/incidents/{number}" in _topic(bo, room), "the topic leads to the web room")
    wait_until(lambda: slack.answers("declare"), "the answer")

    cleo.conversations_join(channel=room)
    said = [f"line {n} from Slack" for n in range(12)]
    posted = [(bo, cleo)[n % 2].chat_postMessage(channel=room, text=text)["ts"] for n, text in enumerate(said)]
    wait_until(lambda: sorted(ada.lines(number)) == sorted(said), "all lines are in the timeline")
    assert ada.lines(number) == said

    cleo.chat_update(channel=room, ts=posted[3], text="line 3, corrected")
    bo.chat_delete(channel=room, ts=posted[4])
    # What is gone keeps its place, without its words.
    said[3:5] = ["line 3, corrected", ""]
    wait_until(lambda: said[3] in ada.lines(number), "the edit is in the timeline")
    wait_until(lambda: any(item["deleted"] for item in ada.timeline(number)), "the deletion is in the timeline")

    web = [f"line {n} from the web" for n in range(8)]
    for text in web:
        assert ada.post(f"/incidents/{number}/messages", {"text": text}).status == 201
    wait_until(lambda: _carried(bo, room, web) == web, "all web lines are in Slack", 40)

    assert _topic(bo, room).startswith("SEV1 · triage · no lead · ")
    typist.types(room, "/incident resolve Pool is back to 200", "resolve")
    wait_until(lambda: ada.get(f"/incidents/{number}")["status"] == "resolved", "it is resolved")
    wait_until(lambda: slack.answers("resolve"), "the answer")

    # Later than everything else: what is here twice had its time to come.
    last = "the last word"
    cleo.chat_postMessage(channel=room, text=last)
    wait_until(lambda: last in ada.lines(number), "the last line is in the timeline")
    assert len(_channels(bo)) == 1
    assert [text for text in ada.lines(number) if text not in web] == [*said, last]
    assert [text for text in ada.lines(number) if text in web] == web
    assert _carried(bo, room, web) == web
    assert _carried(bo, room, [text for text in [*said, last] if text]) == []
    assert len(bo.pins_list(channel=room)["items"]) == 1
    assert relay.taken >= 4 * len([*said, *web])


def _carried(person: WebClient, room: str, texts: list[str]) -> list[str]:
    """Which of these texts our app posted into the channel, in the channel's order."""
    ours = [
        post["text"] for post in _lines(person, room) if post["user"] == BOT["bot_user_id"] and "subtype" not in post
    ]
    return [text for post in ours for text in texts if text in post]


def test_what_the_product_posted_is_what_slack_takes(product: WithSlack, bo: WebClient) -> None:
    room = str(_channels(bo)[0]["id"])

    [pin] = bo.pins_list(channel=room)["items"]

    card = pin["message"]
    assert card["blocks"][0]["type"] == "header"
    assert card["user"] == BOT["bot_user_id"]
    assert "Checkout 5xx" in card["blocks"][0]["text"]["text"]
    assert card["metadata"]["event_payload"]["marker"].startswith("card:")


def test_nothing_is_wrong_afterwards(product: WithSlack) -> None:
    wait_until(lambda: product.manage("doctor").strip() == "Nothing is wrong.", "doctor finds nothing", 30)
