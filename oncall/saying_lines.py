"""What the story says of paging. Pure."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from oncall.rules.escalation import AGAIN, SLOW, UNANSWERED, Asked, Somebody

NOBODY_ELSE = "Nobody else is left to ask: who said “not me” is asked again in 5 min"
NOBODY = "Nobody can be paged: no level has anybody who can be reached, and there is no catch-all that has"


def listed(names: Iterable[str]) -> str:
    """`Ada, Bo and Cleo`."""
    found = list(names)
    return f"{', '.join(found[:-1])} and {found[-1]}" if len(found) > 1 else "".join(found)


def length(time: timedelta) -> str:
    """`40 s`, `4 min`, `2 h 5 min`."""
    seconds = int(time.total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def place(asked: Asked, policy: str, people: Sequence[Somebody]) -> str:
    """Where in the policy they stand, and why it is them."""
    why = listed(dict.fromkeys(one.reason for one in people))
    if asked.why == AGAIN:
        return f"again, because nobody has answered; {why}"
    if asked.why == UNANSWERED:
        return f"catch-all, because nobody has answered; {why}"
    if asked.level == 0:
        return f"catch-all, because nobody else can be reached; {why}"
    again = f", round {asked.round}" if asked.round > 1 else ""
    return f"{policy}, level {asked.level}{again}; {why}" if policy else f"{why}{again}"


def missed(levels: Sequence[int]) -> str:
    """Levels whose time an outage took."""
    one = len(levels) == 1
    numbers = listed(str(level) for level in levels)
    return f"Level{'' if one else 's'} {numbers} had no turn: an outage of ours took {'its' if one else 'their'} time"


def unreachable(names: Sequence[str]) -> str:
    """They are on call, and there is no way to reach them."""
    return f"{listed(names)} can't be reached: no verified contact method. The page stands only in Warroom"


def empty(level: int) -> str:
    """A level without anybody."""
    return f"Level {level} has nobody at this time: passed over"


def unanswered(rounds: int, *, catch_all: bool) -> str:
    """Everybody was asked."""
    times = "once" if rounds == 1 else f"{rounds} times"
    too = ", and the catch-all too" if catch_all else ""
    return (
        f"Nobody has answered: everybody was asked {times}{too}."
        f" They are asked again every {length(SLOW)} until somebody does. Page somebody by name"
    )
