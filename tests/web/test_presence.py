"""Who is in a room, over several web processes."""

import asyncio
from collections import defaultdict
from typing import Any

import pytest

from web.room.presence import HERE, Presence

ADA, BO, CLEO = (1, "Ada"), (2, "Bo"), (3, "Cleo")


class Town:
    """Web processes on one channel layer; a lost message never arrives."""

    def __init__(self) -> None:
        self.now = 0.0
        self.processes: list[Process] = []
        self.loses = False
        self.sent: list[dict[str, Any]] = []

    def process(self) -> "Process":
        made = Process(self)
        self.processes.append(made)
        return made

    def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)
        if not self.loses:
            for process in self.processes:
                process.changed += process.presence.hear(message)


class Process:
    """One web process: its sockets by room, and what its readers were shown last."""

    def __init__(self, town: Town) -> None:
        self.sockets: dict[int, dict[int, str]] = defaultdict(dict)
        self.shown: dict[int, dict[str, Any]] = {}
        self.changed: list[int] = []
        self.presence = Presence(
            here=lambda number: self.sockets[number],
            rooms=lambda: [number for number, people in self.sockets.items() if people],
            show=self.shown.__setitem__,
            send=town.send,
            pause=0,
            now=lambda: town.now,
        )

    def comes(self, person: tuple[int, str], number: int = 142) -> None:
        self.sockets[number][person[0]] = person[1]
        self.presence.came(number)
        asyncio.run(self.presence.changed(number))

    def goes(self, person: tuple[int, str], number: int = 142) -> None:
        del self.sockets[number][person[0]]
        asyncio.run(self.presence.changed(number))

    def names(self, number: int = 142) -> list[str]:
        return [person["name"] for person in self.presence.frame(number)["people"]]


def test_people_of_all_processes_are_seen_in_each() -> None:
    town = Town()
    one, two = town.process(), town.process()

    one.comes(ADA)
    two.comes(BO)

    assert one.names() == two.names() == ["Ada", "Bo"]
    assert one.changed == [142]
    assert two.shown[142]["count"] == 2


def test_who_opens_a_room_first_hears_at_once_who_is_elsewhere() -> None:
    town = Town()
    one = town.process()
    one.comes(ADA)

    late = town.process()
    late.comes(CLEO)

    assert late.names() == ["Ada", "Cleo"]


def test_a_person_in_two_processes_is_one() -> None:
    town = Town()
    one, two = town.process(), town.process()
    one.comes(ADA)
    two.comes(ADA)

    two.goes(ADA)

    assert one.presence.frame(142)["count"] == 1
    assert one.names() == ["Ada"]


def test_who_goes_is_gone_everywhere() -> None:
    town = Town()
    one, two = town.process(), town.process()
    one.comes(ADA)
    two.comes(BO)

    two.goes(BO)

    assert one.names() == ["Ada"]
    assert two.presence.hear({"type": HERE, "process": "x", "rooms": [[142, [[1, "Ada"]], 1]]}) == []


def test_a_lost_message_is_made_good() -> None:
    town = Town()
    one, two = town.process(), town.process()
    one.comes(ADA)
    town.loses = True
    two.comes(BO)
    before = one.names()

    town.loses = False
    two.presence.again()

    assert before == ["Ada"]
    assert one.names() == ["Ada", "Bo"]


def test_a_killed_process_leaves_nobody_behind() -> None:
    town = Town()
    one, two = town.process(), town.process()
    one.comes(ADA)
    two.comes(BO)
    town.processes.remove(two)

    town.now = 30.0
    still = one.presence.again(), one.names()
    town.now = 41.0
    gone = one.presence.again(), one.names()

    assert still == ([], ["Ada", "Bo"])
    assert gone == ([142], ["Ada"])


def test_rooms_are_kept_apart() -> None:
    town = Town()
    one, two = town.process(), town.process()
    one.comes(ADA, 1)
    two.comes(BO, 2)

    assert (one.names(1), two.names(2)) == (["Ada"], ["Bo"])
    assert one.names(2) == []


def test_many_people_and_rooms_stay_within_a_message() -> None:
    town = Town()
    one, two = town.process(), town.process()
    for number in range(120):
        one.sockets[number] = {1: "Ada"}
    one.sockets[7] = {pk: f"Ada {pk}" for pk in range(1, 701)}
    two.comes((9001, "Bo"), 7)
    town.sent.clear()

    one.presence.again()

    assert [len(message["rooms"]) for message in town.sent] == [50, 50, 20]
    assert max(len(people) for message in town.sent for _, people, _ in message["rooms"]) == 500
    frame = two.presence.frame(7)
    assert (frame["count"], len(frame["people"])) == (701, 30)


@pytest.mark.asyncio
async def test_a_hundred_changes_are_told_once() -> None:
    town = Town()
    one = town.process()
    one.sockets[142] = dict([ADA])

    await asyncio.gather(*(one.presence.changed(142) for _ in range(100)))

    assert len(town.sent) == 1


@pytest.mark.asyncio
async def test_what_was_heard_is_shown_and_not_told_again() -> None:
    town = Town()
    one = town.process()
    one.sockets[142] = dict([ADA])

    await one.presence.changed(142, tell_others=False)

    assert one.shown[142]["count"] == 1
    assert town.sent == []
