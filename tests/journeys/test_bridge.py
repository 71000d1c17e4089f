"""A whole incident through the chat bridge: any bot that can send JSON runs it, over real HTTP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.product import Product
from tests.journeys.client import Answer, Client

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    installation = Product(Path(tmp_path_factory.mktemp("bridge")))
    installation.begin("seed_demo")
    yield installation
    installation.stop()
    assert installation.faults() == ""


@pytest.fixture(scope="module")
def bot(product: Product) -> Client:
    secret = product.manage("create_token", "ada@example.com", "--scope", "chat", "--trust-emails").split()[-1]
    return Client(product.url, secret)


@pytest.fixture(scope="module")
def reader(product: Product) -> Client:
    return Client(product.url, product.manage("create_token", "ada@example.com", "--scope", "all").split()[-1])


class Typist:
    """Somebody who types into the bot's chat."""

    def __init__(self, bot: Client, name: str, room: str, *, email: str = "") -> None:
        self._bot, self._name, self._room = bot, name, room
        self._email = email or f"{name}@example.com"
        self._count = 0

    def _body(self, text: str, message_id: str = "") -> dict[str, Any]:
        self._count += 1
        return {
            "text": text,
            "user": {"id": self._name, "name": self._name, "email": self._email},
            "room": {"id": self._room, "name": f"#{self._room}"},
            "message_id": message_id or f"{self._room}-{self._name}-{self._count}",
        }

    def types(self, text: str, message_id: str = "") -> Answer:
        return self._bot.post("/chat/commands", self._body(text, message_id))

    def says(self, text: str, message_id: str = "") -> Answer:
        return self._bot.post("/chat/messages", self._body(text, message_id))


def test_an_incident_from_declare_to_postmortem(product: Product, bot: Client, reader: Client) -> None:
    bo, cleo = Typist(bot, "bo", "ops"), Typist(bot, "cleo", "ops")

    declared = bo.types("/incident create Checkout 5xx --sev 1 --service payments")
    number = declared["incident"]
    assert declared["visibility"] == "room"
    assert reader.get(f"/incidents/{number}")["severity"] == 1

    bo.says("Error rate is 38 %")
    cleo.says("Confirmed", message_id="once")
    for _ in range(3):
        cleo.says("Confirmed", message_id="once")
    assert reader.lines(number) == ["Error rate is 38 %", "Confirmed"]

    for typist, line in (
        (cleo, "/incident lead me"),
        (bo, "/incident now the pool is too small"),
        (bo, "/incident status fixing"),
        (cleo, '/incident update "Rolling back" --next 30m'),
        (bo, "/incident task add Roll back payments @bo"),
        (bo, "/incident task done 1"),
        (bo, "/incident note The settings file lost pool_size"),
        (bo, "/incident mitigated"),
        (cleo, "/incident resolve Pool is back to 200"),
    ):
        answer = typist.types(line)
        assert answer.status == 200, (line, answer)
        assert "Did you mean" not in answer["text"], (line, answer)
        assert answer["incident"] == number, (line, answer)

    incident = reader.get(f"/incidents/{number}")
    assert incident["status"] == "resolved"
    postmortem = reader.get(f"/incidents/{number}/postmortem")
    assert "The settings file lost pool_size" in postmortem["body"]
    assert "Pool is back to 200" in postmortem["body"]


def test_a_repeated_command_gives_the_same_answer_and_declares_once(bot: Client, reader: Client) -> None:
    bo = Typist(bot, "bo", "ops-2")

    answers = [bo.types("/incident create Mail is late", message_id="m-1") for _ in range(4)]

    assert len({answer["incident"] for answer in answers}) == 1
    assert len({answer["text"] for answer in answers}) == 1
    titles = [incident["title"] for incident in reader.get("/incidents?q=Mail+is+late")["results"]]
    assert titles == ["Mail is late"]


def test_a_typo_is_answered_with_a_suggestion_and_changes_nothing(bot: Client, reader: Client) -> None:
    bo = Typist(bot, "bo", "ops-3")
    number = bo.types("/incident create Search is slow")["incident"]

    answer = bo.types("/incident resovle")

    assert answer["visibility"] == "user"
    assert "Did you mean resolve?" in answer["text"]
    assert reader.get(f"/incidents/{number}")["status"] == "triage"


def test_a_stranger_reads_and_declares_and_is_told_how_to_link(product: Product, bot: Client) -> None:
    stranger = Typist(bot, "dan", "ops-4", email="dan@elsewhere.example")

    declared = stranger.types("/incident create Door is open")
    refused = stranger.types("/incident sev 1")

    assert declared["incident"]
    assert f"{product.url}/me/link/" in refused["text"]


def test_nothing_is_wrong_afterwards(product: Product) -> None:
    assert product.manage("doctor").strip() == "Nothing is wrong."
