"""From levels and who can be asked to who is paged at each step. Plain functions; `now` is an argument."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

#: why nobody of a level was asked
NOBODY, UNREACHABLE = "nobody", "unreachable"
#: why the catch-all is asked besides `NOBODY`: nobody has answered; nobody has answered, not even there
UNANSWERED, AGAIN = "unanswered", "again"
#: when everybody was asked and nobody has answered, it goes on at this pace
SLOW = timedelta(minutes=15)


@dataclass(frozen=True)
class Target:
    """Who a level names: a person, a schedule or a team, by number; `name` as it was when the run began."""

    kind: str
    id: int
    name: str


@dataclass(frozen=True)
class Level:
    """Its targets are asked together; the next level follows after `wait` without an answer."""

    wait: timedelta
    targets: tuple[Target, ...]


@dataclass(frozen=True)
class Plan:
    """Levels, asked `1 + repeats` times through, and then the catch-all's `1 + catch_all_repeats` times.

    The catch-all's levels also stand in where nobody is anywhere.
    """

    levels: tuple[Level, ...]
    repeats: int = 0
    catch_all: tuple[Level, ...] = ()
    catch_all_repeats: int = 0

    @property
    def steps(self) -> int:
        """How many levels are asked before the catch-all is."""
        return len(self.levels) * (1 + self.repeats)

    @property
    def all_steps(self) -> int:
        """How many levels are asked before it goes on slowly."""
        return self.steps + len(self.catch_all) * (1 + self.catch_all_repeats)


@dataclass(frozen=True)
class Somebody:
    """A person of a level, why it is them, and whether there is a way to reach them."""

    user: int
    reason: str
    reachable: bool = True


#: who stands behind a target at an instant
Who = Callable[[Target, datetime], Sequence[Somebody]]


@dataclass(frozen=True)
class Passed:
    """A level that nobody could be reached of. `people` is who it would have been."""

    step: int
    level: int
    why: str
    people: tuple[Somebody, ...] = ()


@dataclass(frozen=True)
class Asked:
    """These people are paged now; `level` counts from 1, 0 is the catch-all, and `why` says why it is that."""

    step: int
    level: int
    round: int
    people: tuple[Somebody, ...]
    wait: timedelta
    why: str = ""


@dataclass(frozen=True)
class Move:
    """What happens at a step: who is asked, which levels were passed over, how far it came.

    Nobody asked: there is nobody anywhere at this time. `is_over`: everybody was asked and nobody has answered, the
    catch-all included; from here on it goes on slowly.
    """

    step: int
    asked: Asked | None
    passed: tuple[Passed, ...] = ()
    is_over: bool = False


def move(plan: Plan, step: int, now: datetime, who: Who) -> Move:
    """Take the next step after `step` levels: the next level with somebody who can be reached.

    Levels with nobody are passed over, with a record. Where no level has anybody the catch-all is asked instead of the
    rest of the round. After the last round the catch-all's levels follow, and then all of it again, slowly: it never
    ends by itself. Nobody there either: `asked` is None and `step` stays, so that it is tried again.
    """
    passed: list[Passed] = []
    size = len(plan.levels)
    for at in range(step, plan.steps):
        people = _people([plan.levels[at % size]], now, who)
        if any(one.reachable for one in people):
            found = Asked(at + 1, at % size + 1, at // size + 1, people, plan.levels[at % size].wait)
            return Move(at + 1, found, tuple(passed))
        passed.append(Passed(at + 1, at % size + 1, UNREACHABLE if people else NOBODY, people))
        if at % size == size - 1 and not _anybody(plan.levels, now, who):
            # A whole round is spent on it: the next one looks at the levels again.
            return _stand_in(plan, step, at + 1, now, who, passed)
    return _after_all(plan, max(step, plan.steps), now, who, passed)


def _stand_in(plan: Plan, step: int, after: int, now: datetime, who: Who, passed: list[Passed]) -> Move:
    """The catch-all instead of a round: with each round its next level, as far as it has somebody."""
    round_ = (after - 1) // len(plan.levels)
    size = len(plan.catch_all)
    for place in range(size):
        level = plan.catch_all[(round_ + place) % size]
        people = _people([level], now, who)
        if any(one.reachable for one in people):
            return Move(after, Asked(after, 0, round_ + 1, people, level.wait, NOBODY), tuple(passed))
    return Move(step, None, tuple(passed))


def _after_all(plan: Plan, step: int, now: datetime, who: Who, passed: list[Passed]) -> Move:
    """Nobody has answered: the catch-all's levels one by one, and after those everybody who may, slowly."""
    size = len(plan.catch_all)
    for at in range(step, plan.all_steps):
        place = at - plan.steps
        level = plan.catch_all[place % size]
        people = _people([level], now, who)
        if any(one.reachable for one in people):
            return Move(at + 1, Asked(at + 1, 0, place // size + 1, people, level.wait, UNANSWERED), tuple(passed))
    step = max(step, plan.all_steps)
    first = next((level for level in plan.levels if _anybody([level], now, who)), None)
    people = _people([*plan.catch_all, *([first] if first else [])], now, who)
    if not any(one.reachable for one in people):
        return Move(step, None, tuple(passed), is_over=True)
    rounds = step - plan.all_steps + 1
    return Move(step + 1, Asked(step + 1, 0, rounds, people, SLOW, AGAIN), tuple(passed), is_over=True)


def _anybody(levels: Sequence[Level], now: datetime, who: Who) -> bool:
    return any(one.reachable for one in _people(levels, now, who))


def _people(levels: Sequence[Level], now: datetime, who: Who) -> tuple[Somebody, ...]:
    """Everybody of some levels, each once, by the first target that names them."""
    found: dict[int, Somebody] = {}
    for level in levels:
        for target in level.targets:
            for one in who(target, now):
                found.setdefault(one.user, one)
    return tuple(found.values())


def caught_up(plan: Plan, step: int, due_at: datetime, now: datetime) -> int:
    """Return the step that it would be by now: what an outage has made us miss is not asked one after another.

    A level whose time has wholly gone by is missed; the policy's last one never is, so that no outage of ours takes it
    to the catch-all.
    """
    size = len(plan.levels)
    while step < plan.steps - 1 and due_at + plan.levels[step % size].wait <= now:
        due_at += plan.levels[step % size].wait
        step += 1
    return step


@dataclass(frozen=True)
class Moment:
    """A step of a simulation."""

    at: datetime
    move: Move


def simulate(plan: Plan, start: datetime, who: Who, most: int = 50) -> list[Moment]:
    """Return who would be paged when, if nobody answered: the same steps that a run takes.

    It ends with the first step of those that go on for ever.
    """
    found: list[Moment] = []
    at, step = start, 0
    while len(found) < most:
        now = move(plan, step, at, who)
        if now.asked is not None or now.passed:
            found.append(Moment(at, now))
        if now.asked is None or now.is_over:
            break
        at, step = at + now.asked.wait, now.step
    return found
