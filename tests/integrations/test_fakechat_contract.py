"""The chat that ships passes the same tests as Slack, so the port stays free of any vendor's shape."""

from collections.abc import Sequence

import pytest

from common.errors import PartnerTrouble
from connections.models import Connection
from integrations.fakechat.chat import FakeChat
from integrations.fakechat.faults import faults_of
from integrations.fakechat.models import FakeChannel, FakeDialog, FakeHome, FakeMessage
from integrations.kit.contracts.chat import ChatContract, Shown, Stage
from integrations.kit.contracts.people import PeopleContract
from tests.factories import make_person


class FakeStage:
    """The fake chat's rows as the contract sees them."""

    unknown_person = "person-999999"

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.chat = FakeChat(connection)
        self.known_email = "bo@example.com"
        self.known_person = f"person-{make_person(self.known_email).pk}"
        self._asked = 0

    def trigger(self) -> str:
        return f"trigger-for-{self.known_person}"

    def dialog(self) -> tuple[str, Sequence[str], Sequence[str]] | None:
        row = FakeDialog.objects.last()
        if row is None:
            return None
        shown = row.content
        labels = [button["label"] for button in shown["buttons"]]
        return shown["title"], [field["name"] for field in shown["inputs"]], labels

    def close_dialog(self) -> None:
        FakeDialog.objects.all().delete()

    def heard_alone(self) -> Sequence[str]:
        return self._said_to(channel__isnull=False)

    def direct(self) -> Sequence[str]:
        return self._said_to(channel__isnull=True)

    def _said_to(self, **where: bool) -> Sequence[str]:
        rows = FakeMessage.objects.filter(address=self.known_person, **where)
        return list(rows.values_list("text", flat=True))

    def home(self) -> Sequence[str]:
        cards = FakeHome.objects.get(person=self.known_person).cards
        return [button["label"] for card in cards for button in card["buttons"]]

    def _channel(self, room: str) -> FakeChannel:
        return FakeChannel.objects.get(pk=room.removeprefix("F"))

    def messages(self, room: str) -> list[Shown]:
        return [
            Shown(
                ref=f"M{row.pk}",
                text=row.text,
                thread=f"M{row.thread_id}" if row.thread_id else "",
                author=row.author,
                buttons=tuple(button["label"] for button in (row.card or {}).get("buttons", [])),
            )
            for row in FakeMessage.objects.filter(channel=self._channel(room), to_everyone=True)
        ]

    def members(self, room: str) -> list[str]:
        return list(self._channel(room).members)

    def topic(self, room: str) -> str:
        return self._channel(room).topic

    def pins(self, room: str) -> list[str]:
        return list(self._channel(room).pins)

    def reactions(self, room: str, ref: str) -> list[str]:
        return list(self._channel(room).messages.get(pk=int(ref[1:])).reactions)

    def bookmarks(self, room: str) -> list[str]:
        return [entry["url"] for entry in self._channel(room).bookmarks]

    def is_archived(self, room: str) -> bool:
        return self._channel(room).archived_at is not None

    def rooms(self) -> list[str]:
        return list(FakeChannel.objects.order_by("pk").values_list("name", flat=True))

    def answer_address(self) -> str:
        self._asked += 1
        return f"asked:{self._asked}"

    def answers(self, address: str) -> list[tuple[str, bool]]:
        return list(FakeMessage.objects.filter(address=address).values_list("text", "to_everyone"))

    def limit(self, method: str, seconds: int) -> None:
        faults_of(self.connection.pk).add(method, PartnerTrouble("too many requests", retry_after=seconds))

    def lose_answer(self, method: str) -> None:
        faults_of(self.connection.pk).add(method, PartnerTrouble("no answer", unclear=True), applies=True)

    def break_down(self, method: str) -> None:
        faults_of(self.connection.pk).add(method, PartnerTrouble("out of order"))


class TestFakeChat(ChatContract, PeopleContract):
    @pytest.fixture
    def stage(self, db: None) -> Stage:
        connection = Connection.objects.create(kind="fakechat", name="Fake chat")
        faults_of(connection.pk).clear()
        return FakeStage(connection)
