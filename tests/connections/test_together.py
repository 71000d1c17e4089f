"""What is about one place is worked in one transaction; one that fails is worked alone, and stops nobody."""

from collections.abc import Callable, Iterator, Sequence

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from common.work import work_off
from connections import intake
from connections.intake import MOST_TOGETHER, Outcome, Together, Unreadable
from connections.models import Connection, Received
from tests.factories import make_connection, make_received

KIND = "tested"

pytestmark = pytest.mark.usefixtures("committed")


class Chat:
    """A kind of connection whose rows are lines of a place: "room-a:hello". Remembers what went together."""

    def __init__(self) -> None:
        self.worked: list[list[str]] = []
        self.poison = ""
        self.taken = 100
        self.during: Callable[[], None] = lambda: None

    def place_of(self, row: Received) -> str:
        if row.body == b"nonsense":
            raise Unreadable("no place")
        return row.body.decode().partition(":")[0]

    def handle_all(self, rows: Sequence[Received]) -> list[Outcome]:
        done = [self._hear(row) for row in rows[: self.taken]]
        self.worked.append([row.body.decode() for row in rows[: self.taken]])
        return done

    def handle(self, row: Received) -> Outcome:
        outcome = self._hear(row)
        self.worked.append([row.body.decode()])
        return outcome

    def _hear(self, row: Received) -> Outcome:
        said = row.body.decode()
        self.during()
        Connection.objects.create(kind="said", name=said)
        if said == self.poison:
            raise RuntimeError("poison")
        return Outcome("done", said)

    @property
    def heard(self) -> list[str]:
        return list(Connection.objects.filter(kind="said").order_by("pk").values_list("name", flat=True))


@pytest.fixture
def chat() -> Iterator[Chat]:
    chat = Chat()
    intake.register_handler(KIND, chat.handle, together=Together(chat.place_of, chat.handle_all))
    yield chat
    intake._handlers.pop(KIND)
    intake._together.pop(KIND)


def receive(*said: str) -> list[Received]:
    there = Connection.objects.filter(kind=KIND).first() or make_connection(KIND)
    return [make_received(there, body=text.encode()) for text in said]


def outcomes() -> dict[str, str]:
    return {row.body.decode(): row.outcome for row in Received.objects.all()}


def test_lines_of_a_room_go_together_and_keep_their_order(chat: Chat) -> None:
    receive("a:1", "b:1", "a:2", "b:2", "a:3")

    assert work_off("connections.received") == 5

    assert chat.worked == [["a:1", "a:2", "a:3"], ["b:1", "b:2"]]
    rows = Received.objects.all()
    assert {(row.state, row.outcome, row.lease_owner, row.due_at) for row in rows} == {("done", "done", "", None)}
    assert {row.outcome_text for row in rows} == {"a:1", "a:2", "a:3", "b:1", "b:2"}


def test_one_that_goes_alone_has_all_before_it_done_first(chat: Chat) -> None:
    receive("a:1", "b:1", "a:2", ":command", "a:3")

    work_off("connections.received")

    assert chat.worked == [["a:1", "a:2"], ["b:1"], [":command"], ["a:3"]]


def test_a_room_is_not_held_by_more_than_a_batch(chat: Chat) -> None:
    receive(*[f"a:{n}" for n in range(MOST_TOGETHER + 2)])

    work_off("connections.received")

    assert [len(batch) for batch in chat.worked] == [MOST_TOGETHER, 2]


def test_a_poison_line_is_tried_alone_and_the_others_are_heard_once(chat: Chat) -> None:
    chat.poison = "a:2"
    receive("a:1", "a:2", "a:3")

    work_off("connections.received")

    assert chat.heard == ["a:1", "a:3"]
    poison = Received.objects.get(state=Received.WAITING)
    assert (poison.body, poison.attempts, poison.outcome) == (b"a:2", 1, "failed")


def test_what_failed_once_does_not_take_others_with_it_again(chat: Chat) -> None:
    chat.poison = "a:1"
    first, *_ = receive("a:1", "a:2", "a:3")
    Received.objects.filter(pk=first.pk).update(attempts=1)

    work_off("connections.received")

    assert chat.worked == [["a:2", "a:3"]]
    assert chat.heard == ["a:2", "a:3"]


def test_what_cannot_be_placed_gets_its_outcome_alone(chat: Chat) -> None:
    receive("a:1", "nonsense", "a:2")

    work_off("connections.received")

    assert chat.worked == [["a:1"], ["nonsense"], ["a:2"]]


def test_the_rest_goes_on_after_one_that_had_to_go_alone(chat: Chat) -> None:
    """The integration takes as many of the first as go together; the next goes alone, and then it is asked again."""
    chat.taken = 2
    receive("a:1", "a:2", "a:3", "a:4", "a:5", "a:6")

    work_off("connections.received")

    assert chat.worked == [["a:1", "a:2"], ["a:3"], ["a:4", "a:5"], ["a:6"]]
    assert set(outcomes().values()) == {"done"}


def test_a_batch_that_lost_one_of_its_rows_leaves_nothing_of_itself(chat: Chat) -> None:
    [_, second, _] = receive("a:1", "a:2", "a:3")

    def take_over() -> None:
        Received.objects.filter(pk=second.pk).update(lease_owner="another:1:1")

    claimed = Received.claim()
    take_over()
    Received.work_group(claimed)

    # The two that are still ours were heard alone afterwards.
    assert chat.heard == ["a:1", "a:3"]
    lost = Received.objects.get(pk=second.pk)
    assert (lost.state, lost.outcome, lost.lease_owner) == (Received.WAITING, "", "another:1:1")


def test_a_deadlock_repeats_the_whole_batch(chat: Chat) -> None:
    runs = []

    def deadlock_once() -> None:
        runs.append(1)
        if len(runs) == 2:
            raise OperationalError("database is locked")

    chat.during = deadlock_once
    receive("a:1", "a:2", "a:3")

    work_off("connections.received")

    assert chat.worked == [["a:1", "a:2", "a:3"]]
    assert chat.heard == ["a:1", "a:2", "a:3"]


def test_outcomes_alike_are_written_by_one_statement(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat, "_hear", lambda row: Outcome("done", "a line"))

    def statements(count: int) -> int:
        receive(*[f"a:{n}" for n in range(count)])
        with CaptureQueriesContext(connection) as asked:
            work_off("connections.received")
        return len(asked)

    assert statements(20) == statements(2)
