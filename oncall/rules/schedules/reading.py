"""From the JSON of the preview format to a `Plan`. Bad input is refused with the name of the field at fault."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from common.errors import Invalid
from oncall.rules.schedules.plan import Layer, Override, Plan, Restriction, Rotation, Unit, Version
from oncall.rules.schedules.turns import least_seconds
from oncall.rules.schedules.wall import DAY, WEEK, instant_of, is_zone, wall_of

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: the longest window that is computed at once
LONGEST = 5 * 366 * DAY
MOST_LAYERS, MOST_GROUPS, MOST_IN_GROUP, MOST_WINDOWS, MOST_OVERRIDES = 20, 500, 50, 50, 5000
#: turns and openings that are computed for one answer
MOST_PIECES = 200_000
#: hand-offs further apart than this are no rotation
_MOST_EVERY = {Unit.HOUR: 24 * 366, Unit.DAY: 3660, Unit.WEEK: 520, Unit.MONTH: 120}
_FIRST_YEAR, _LAST_YEAR = 1971, 2199
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_LOCAL = re.compile(rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T{_TIME.pattern}")


def read_preview(said: Any) -> tuple[Plan, int, int]:
    """Return the plan and the window's two instants of a preview's body.

    :raises Invalid: naming the field, as in `layers[0].rotate.every`.
    """
    body = _object(said, "body", {"time_zone", "layers", "overrides", "window"})
    zone = read_zone(body.get("time_zone"), "time_zone")
    layers = read_layers(body.get("layers"), "layers")
    overrides = tuple(
        read_override(each, f"overrides[{number}]", key=number)
        for number, each in enumerate(_list(body.get("overrides", []), "overrides", MOST_OVERRIDES))
    )
    start, end = read_window(body.get("window"), "window")
    if sum(_pieces(layer, end - start) for layer in layers) > MOST_PIECES:
        raise Invalid("These hand over too often for so long a window; ask for a shorter one.", field="window.to")
    return Plan((Version(zone, layers),), overrides), start, end


def read_zone(said: Any, field: str) -> str:
    """Return the name of an IANA zone."""
    if not isinstance(said, str) or not is_zone(said):
        raise Invalid("Name a time zone as in Europe/Berlin or UTC.", field=field)
    return said


def read_layers(said: Any, field: str) -> tuple[Layer, ...]:
    """Return the layers, low to high; none at all is one long gap."""
    return tuple(read_layer(each, f"{field}[{number}]") for number, each in enumerate(_list(said, field, MOST_LAYERS)))


def read_layer(said: Any, field: str) -> Layer:
    """Return one layer."""
    known = {"name", "starts_at", "ends_at", "participants", "rotate", "restrictions", "anchor"}
    layer = _object(said, field, known)
    starts_at = _local(layer.get("starts_at"), f"{field}.starts_at")
    ends_at = None
    if layer.get("ends_at") is not None:
        ends_at = _local(layer["ends_at"], f"{field}.ends_at")
        if ends_at <= starts_at:
            raise Invalid("A layer ends after it starts.", field=f"{field}.ends_at")
    groups = _groups(layer.get("participants"), f"{field}.participants")
    rotation = _rotation(layer.get("rotate"), f"{field}.rotate")
    if rotation is None and len(groups) > 1:
        raise Invalid("Say how several take turns, as in {unit: week, every: 1}.", field=f"{field}.rotate")
    anchor_at, anchor_group = _anchor(layer.get("anchor"), f"{field}.anchor", len(groups))
    windows = _list(layer.get("restrictions") or [], f"{field}.restrictions", MOST_WINDOWS)
    return Layer(
        name=_text(layer.get("name", ""), f"{field}.name", least=0),
        starts_at=starts_at,
        ends_at=ends_at,
        groups=groups,
        rotation=rotation,
        restrictions=tuple(_restriction(each, f"{field}.restrictions[{n}]") for n, each in enumerate(windows)),
        anchor_at=anchor_at,
        anchor_group=anchor_group,
    )


def read_override(said: Any, field: str, *, key: int) -> Override:
    """Return one override; `key` tells it apart from the others."""
    override = _object(said, field, {"user", "replaces", "from", "to"})
    user = _text(override.get("user"), f"{field}.user")
    replaces = override.get("replaces")
    if replaces is not None:
        replaces = _text(replaces, f"{field}.replaces")
    start, end = (read_instant(override.get(edge), f"{field}.{edge}") for edge in ("from", "to"))
    if end <= start:
        raise Invalid("An override ends after it begins.", field=f"{field}.to")
    return Override(user, start, end, replaces, key)


def read_window(said: Any, field: str) -> tuple[int, int]:
    """Return the two instants of a window of at most five years."""
    window = _object(said, field, {"from", "to"})
    start, end = (read_instant(window.get(edge), f"{field}.{edge}") for edge in ("from", "to"))
    if end <= start:
        raise Invalid("A window ends after it begins.", field=f"{field}.to")
    if end - start > LONGEST:
        raise Invalid("A window is at most five years long.", field=f"{field}.to")
    return start, end


def read_instant(said: Any, field: str) -> int:
    """Return an instant: ISO 8601 with Z or an offset, to the minute."""
    text = said if isinstance(said, str) and len(said) <= 40 else ""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid("Write an instant as in 2026-03-28T20:00Z.", field=field) from None
    if at.tzinfo is None:
        raise Invalid("An instant needs Z or an offset, as in 2026-03-28T20:00Z.", field=field)
    if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        raise Invalid(f"Years go from {_FIRST_YEAR} to {_LAST_YEAR}.", field=field)
    if at.second or at.microsecond:
        raise Invalid("Instants are to the minute, without seconds.", field=field)
    return instant_of(at)


def _pieces(layer: Layer, seconds: int) -> int:
    """About how many turns and openings a layer has in a window of so many seconds."""
    turns = seconds // least_seconds(layer.rotation) if layer.rotation else 0
    return turns + sum(seconds // each.period for each in layer.restrictions)


def _local(said: Any, field: str) -> int:
    if not isinstance(said, str) or not _LOCAL.fullmatch(said):
        raise Invalid("Write a local time without seconds and offset, as in 2026-01-05T09:00.", field=field)
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        raise Invalid(f"There is no {said}.", field=field) from None
    if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        raise Invalid(f"Years go from {_FIRST_YEAR} to {_LAST_YEAR}.", field=field)
    return wall_of(at)


def _groups(said: Any, field: str) -> tuple[tuple[str, ...], ...]:
    groups = _list(said, field, MOST_GROUPS)
    if not groups:
        raise Invalid("Name at least one group; an empty group [] is nobody, on purpose.", field=field)
    found = []
    for number, each in enumerate(groups):
        members = _list(each, f"{field}[{number}]", MOST_IN_GROUP)
        group = tuple(_text(user, f"{field}[{number}][{place}]") for place, user in enumerate(members))
        if len(set(group)) < len(group):
            raise Invalid("The same person stands twice in a group.", field=f"{field}[{number}]")
        found.append(group)
    return tuple(found)


def _rotation(said: Any, field: str) -> Rotation | None:
    if said is None:
        return None
    rotate = _object(said, field, {"unit", "every"})
    if rotate.get("unit") not in set(Unit):
        raise Invalid("The unit is hour, day, week or month.", field=f"{field}.unit")
    unit = Unit(rotate["unit"])
    return Rotation(unit, _number(rotate.get("every", 1), f"{field}.every", 1, _MOST_EVERY[unit]))


def _anchor(said: Any, field: str, groups: int) -> tuple[int | None, int]:
    if said is None:
        return None, 0
    anchor = _object(said, field, {"at", "group"})
    at = _local(anchor.get("at"), f"{field}.at")
    return at, _number(anchor.get("group", 0), f"{field}.group", 0, groups - 1)


def _restriction(said: Any, field: str) -> Restriction:
    window = _object(said, field, {"kind", "from", "to"})
    kind = window.get("kind")
    if kind not in ("daily", "weekly"):
        raise Invalid("The kind is daily or weekly.", field=f"{field}.kind")
    read: Callable[[Any, str], int] = _time if kind == "daily" else _weekday_and_time
    period = DAY if kind == "daily" else WEEK
    start, end = (read(window.get(edge), f"{field}.{edge}") for edge in ("from", "to"))
    return Restriction(period, start, end if end > start else end + period)


def _time(said: Any, field: str) -> int:
    found = _TIME.fullmatch(said) if isinstance(said, str) else None
    if found is None:
        raise Invalid("Write a time from 00:00 to 23:59.", field=field)
    return int(found[1]) * 3600 + int(found[2]) * 60


def _weekday_and_time(said: Any, field: str) -> int:
    edge = _object(said, field, {"weekday", "time"})
    if edge.get("weekday") not in WEEKDAYS:
        raise Invalid(f"The weekday is one of {', '.join(WEEKDAYS)}.", field=f"{field}.weekday")
    return WEEKDAYS.index(edge["weekday"]) * DAY + _time(edge.get("time"), f"{field}.time")


def _object(said: Any, field: str, known: set[str]) -> dict[str, Any]:
    if not isinstance(said, dict):
        raise Invalid("This is an object with named parts.", field=field)
    for name in said:
        if name not in known:
            at = name[:60] if field == "body" else f"{field}.{name[:60]}"
            raise Invalid(f"There is no such part; known are {', '.join(sorted(known))}.", field=at)
    return said


def _list(said: Any, field: str, most: int) -> list[Any]:
    if not isinstance(said, list):
        raise Invalid("This is a list.", field=field)
    if len(said) > most:
        raise Invalid(f"At most {most:,} stand here.", field=field)
    return said


def _text(said: Any, field: str, *, least: int = 1) -> str:
    if not isinstance(said, str) or not least <= len(said) <= 200:
        raise Invalid(f"This is a text of {least} to 200 characters.", field=field)
    return said


def _number(said: Any, field: str, least: int, most: int) -> int:
    if not isinstance(said, int) or isinstance(said, bool) or not least <= said <= most:
        raise Invalid(f"This is a whole number from {least} to {most:,}.", field=field)
    return said
