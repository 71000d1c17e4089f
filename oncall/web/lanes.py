"""Shifts as lanes of a calendar: where each begins and how wide it is, in percent of the window. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from oncall.models import Override, ShiftRequest
from oncall.rules.schedules.final import final
from oncall.rules.schedules.plan import Final, Gap, Plan, Shift
from oncall.rules.schedules.wall import datetime_of, instant_of, wall_clock

#: each person keeps one of these; what they mean elsewhere (severity) they don't mean here
_TONES = ("accent", "good", "sev4", "warn", "sev2", "neutral")
_NIGHT, _MORNING = 22, 6


@dataclass(frozen=True)
class Piece:
    """One block: `at` and `width` in percent; `title` is said on hover and to screen readers."""

    at: float
    width: float
    title: str
    label: str = ""
    tone: str = "neutral"
    kind: str = "shift"
    start: int = 0
    end: int = 0


@dataclass(frozen=True)
class Lane:
    """One row of the calendar."""

    name: str
    pieces: list[Piece]
    is_final: bool = False


@dataclass(frozen=True)
class Calendar:
    """The window with its days, lanes and marks."""

    days: list[Piece]
    lanes: list[Lane]
    start: int
    end: int
    nights: list[Piece] = field(default_factory=list)
    changes: list[Piece] = field(default_factory=list)
    now: float | None = None


class Ruler:
    """Turns instants into percent of a window, and words."""

    def __init__(self, start: datetime, end: datetime, zone: ZoneInfo) -> None:
        self.start, self.end, self.zone = start, end, zone
        self._seconds = (end - start).total_seconds()

    def percent(self, at: datetime) -> float:
        return round((at - self.start).total_seconds() / self._seconds * 100, 3)

    def piece(self, start: datetime, end: datetime, title: str, **more: str) -> Piece:
        """The block of what goes from one instant to another, cut at the window."""
        begins, ends = max(start, self.start), min(end, self.end)
        width = round(self.percent(ends) - self.percent(begins), 3)
        return Piece(self.percent(begins), width, title, **more, start=instant_of(begins), end=instant_of(ends))

    def span(self, start: datetime, end: datetime) -> str:
        """`Mon 1 Jun 09:00 to Mon 8 Jun 09:00`."""
        return f"{self._say(start)} to {self._say(end)}"

    def _say(self, at: datetime) -> str:
        local = at.astimezone(self.zone)
        return f"{local:%a} {local.day} {local:%b %H:%M}"


def calendar(
    plan: Plan,
    overrides: Iterable[Override],
    requests: Iterable[ShiftRequest],
    start: datetime,
    end: datetime,
    zone: ZoneInfo,
    *,
    now: datetime,
    name: Callable[[str], str],
) -> Calendar:
    """Lay a plan out over [start, end): what comes of it, the overrides, each layer by itself from high to low."""
    ruler = Ruler(start, end, zone)
    edges = instant_of(start), instant_of(end)
    tones = {user: _TONES[place % len(_TONES)] for place, user in enumerate(sorted(plan.people, key=name))}

    def lane(title: str, found: Final, *, is_final: bool = False) -> Lane:
        pieces = [_shift(ruler, shift, name, tones) for shift in found.shifts]
        pieces += [_gap(ruler, gap) for gap in found.gaps if is_final or gap.deliberate]
        return Lane(title, sorted(pieces, key=lambda piece: piece.at), is_final)

    lanes = [lane("On call", final(plan, *edges), is_final=True)]
    covers = [_override(ruler, row, tones) for row in overrides if row.starts_at < end and row.ends_at > start]
    lanes.append(Lane("Overrides", covers))
    asked = [_request(ruler, row, tones) for row in requests if row.starts_at < end and row.ends_at > start]
    if asked:
        lanes.append(Lane("Requests", asked))
    lanes += [lane(each.name, final(Plan((), calendars=(each,)), *edges)) for each in reversed(plan.calendars)]
    last = plan.versions[-1] if plan.versions else None
    for layer in reversed(last.layers if last else ()):
        versions = tuple(
            replace(version, layers=tuple(each for each in version.layers if each.name == layer.name))
            for version in plan.versions
        )
        lanes.append(lane(layer.name, final(Plan(versions), *edges)))
    shown = start <= now < end
    return Calendar(
        days=_days(ruler),
        lanes=lanes,
        start=edges[0],
        end=edges[1],
        nights=_nights(ruler) if end - start <= timedelta(days=8) else [],
        changes=_changes(ruler, last.zone if last else "UTC", *edges),
        now=ruler.percent(now) if shown else None,
    )


def _shift(ruler: Ruler, shift: Shift, name: Callable[[str], str], tones: dict[str, str]) -> Piece:
    who = " and ".join(name(user) for user in shift.users)
    start, end = datetime_of(shift.start), datetime_of(shift.end)
    how = ", override" if shift.source.kind == "override" or shift.replaced else ""
    tone = tones.get(shift.users[0], "neutral")
    return ruler.piece(start, end, f"{who}, {ruler.span(start, end)}{how}", label=who, tone=tone)


def _gap(ruler: Ruler, gap: Gap) -> Piece:
    start, end = datetime_of(gap.start), datetime_of(gap.end)
    words = "Nobody, on purpose" if gap.deliberate else "Nobody: a gap"
    return ruler.piece(
        start,
        end,
        f"{words}, {ruler.span(start, end)}",
        label=words.split(":")[0].split(",")[0],
        kind="nobody" if gap.deliberate else "gap",
        tone="neutral" if gap.deliberate else "bad",
    )


def _override(ruler: Ruler, row: Override, tones: dict[str, str]) -> Piece:
    instead = f" for {row.replaces.name}" if row.replaces else ""
    words = f"{row.user.name}{instead}, {ruler.span(row.starts_at, row.ends_at)}"
    tone = tones.get(str(row.user_id), "neutral")
    reason = f". {row.reason}" if row.reason else ""
    return ruler.piece(row.starts_at, row.ends_at, words + reason, label=row.user.name, tone=tone)


def _request(ruler: Ruler, row: ShiftRequest, tones: dict[str, str]) -> Piece:
    who, asker = row.taken_by or row.asked_of, row.asked_by.name
    said = f"{who.name} for {asker}" if row.taken_by and who else f"{asker} asks {who.name if who else 'for cover'}"
    return ruler.piece(
        row.starts_at,
        row.ends_at,
        f"{said}, {ruler.span(row.starts_at, row.ends_at)}",
        label=said,
        tone=tones.get(str(row.taken_by_id or row.asked_by_id), "neutral"),
        kind="shift" if row.taken_by else "nobody",
    )


def _midnights(ruler: Ruler) -> list[datetime]:
    """Each local midnight from the window's first day to the one after its last."""
    day = ruler.start.astimezone(ruler.zone).date()
    found = []
    while True:
        at = datetime(day.year, day.month, day.day, tzinfo=ruler.zone)
        found.append(at)
        if at >= ruler.end:
            return found
        day += timedelta(days=1)


def _days(ruler: Ruler) -> list[Piece]:
    edges = _midnights(ruler)
    return [
        ruler.piece(at, following, f"{at:%A} {at.day} {at:%B}", label=f"{at:%a} {at.day}", kind="day")
        for at, following in pairwise(edges)
    ]


def _nights(ruler: Ruler) -> list[Piece]:
    found = []
    for at in _midnights(ruler):
        begins, ends = at - timedelta(hours=24 - _NIGHT), at + timedelta(hours=_MORNING)
        if begins < ruler.end and ends > ruler.start:
            found.append(ruler.piece(begins, ends, "night", kind="night"))
    return found


def _changes(ruler: Ruler, zone: str, start: int, end: int) -> list[Piece]:
    """When the schedule's clock is put forward or back."""
    clock = wall_clock(zone, start, end)
    found = []
    for instant, forward in clock.changes(start, end):
        after = clock.wall(instant)
        words = f"{_hour(after - forward)}→{_hour(after)}"
        found.append(Piece(ruler.percent(datetime_of(instant)), 0, f"The clock in {zone} goes {words}", label=words))
    return found


def _hour(wall: int) -> str:
    return f"{wall % 86_400 // 3600:02}:{wall % 3600 // 60:02}"
