"""From rows to the engine's plan, and from its layers back to rows."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from oncall.models import FollowedCalendar, ScheduleVersion, ShiftPart
from oncall.models import Override as OverrideRow
from oncall.rules.schedules.handing import Part, swap_of
from oncall.rules.schedules.plan import Followed, Layer, Override, Plan, Restriction, Swap, Version
from oncall.rules.schedules.reading import WEEKDAYS, read_layers
from oncall.rules.schedules.wall import DAY, WEEK, instant_of, local_of

_Says = tuple[str, tuple[Layer, ...]]

_MOST_KEPT = 20_000
#: more schedules than this are not named one by one to the database
_MOST_NAMED = 500
_MOVED_AT_MOST = timedelta(days=366)
_kept: dict[str, _Says] = {}


def plans(schedules: Iterable[int], start: datetime, end: datetime) -> dict[int, Plan]:
    """Return what is needed to answer for [start, end), by schedule, in five queries whatever their number.

    People are the numbers of their accounts, as text; overrides are told apart by their row's number.
    """
    wanted = set(schedules)
    rows = ScheduleVersion.objects.filter(effective_from__lt=end).order_by("number")
    rows = rows.filter(Q(superseded_at__isnull=True) | Q(superseded_at__gt=start))
    covers = OverrideRow.objects.filter(cancelled_at__isnull=True, starts_at__lt=end, ends_at__gt=start)
    if len(wanted) <= _MOST_NAMED:
        rows, covers = rows.filter(schedule__in=wanted), covers.filter(schedule__in=wanted)
    found = list(rows.values_list("pk", "schedule", "digest", "effective_from"))
    says = _read({digest: pk for pk, schedule, digest, _ in found if schedule in wanted})
    versions: dict[int, list[Version]] = defaultdict(list)
    for _, schedule, digest, effective_from in found:
        if schedule in wanted:
            zone, layers = says[digest]
            versions[schedule].append(Version(zone, layers, instant_of(effective_from)))
    overrides: dict[int, list[Override]] = defaultdict(list)
    for each in covers.order_by("pk"):
        overrides[each.schedule_id].append(override_of(each))
    swaps = _swaps(wanted, start, end)
    outside = _outside(wanted)
    return {pk: Plan(tuple(versions[pk]), tuple(overrides[pk]), tuple(swaps[pk]), tuple(outside[pk])) for pk in wanted}


def _outside(wanted: set[int]) -> dict[int, list[Followed]]:
    """The outside calendars that schedules follow, and what those they followed once said."""
    rows = FollowedCalendar.objects.exclude(pieces=[])
    if len(wanted) <= _MOST_NAMED:
        rows = rows.filter(schedule__in=wanted)
    found: dict[int, list[Followed]] = defaultdict(list)
    for pk, schedule, name, pieces in rows.order_by("pk").values_list("pk", "schedule", "name", "pieces"):
        if schedule in wanted:
            found[schedule].append(Followed(name, pk, pieces_of(pieces)))
    return found


def pieces_of(kept: list[list[Any]]) -> tuple[tuple[int, int, tuple[str, ...]], ...]:
    """Return the kept copy of a calendar as the engine's values."""
    return tuple((start, end, tuple(users)) for start, end, users in kept)


def _swaps(wanted: set[int], start: datetime, end: datetime) -> dict[int, list[Swap]]:
    """What was agreed about turns, in the order in which it was. A turn may have moved since, but not by a year."""
    rows = ShiftPart.objects.filter(taker__isnull=False).exclude(layer="")
    rows = rows.filter(request__ends_at__gt=start - _MOVED_AT_MOST, request__starts_at__lt=end + _MOVED_AT_MOST)
    if len(wanted) <= _MOST_NAMED:
        rows = rows.filter(request__schedule__in=wanted)
    found: dict[int, list[Swap]] = defaultdict(list)
    for row in rows.select_related("request").order_by("request__taken_at", "pk"):
        if row.request.schedule_id in wanted:
            swap = swap_of(part_of(row), str(row.giver_id), str(row.taker_id), row.request_id)
            found[row.request.schedule_id].append(swap)
    return found


def part_of(row: ShiftPart) -> Part:
    """Return a saved part as the engine's value."""
    starts = None if row.starts_at is None else instant_of(row.starts_at)
    ends = None if row.ends_at is None else instant_of(row.ends_at)
    return Part(row.layer, row.turn, starts, ends)


def plan_around(schedule: int, at: datetime) -> Plan:
    """Return what a schedule says a year before and after an instant: to find turns that have moved."""
    return plans([schedule], at - _MOVED_AT_MOST, at + _MOVED_AT_MOST)[schedule]


def version_of(row: ScheduleVersion) -> Version:
    """Return a saved version as the engine's value."""
    return Version(row.time_zone, _layers_of(row), instant_of(row.effective_from))


def _read(wanted: dict[str, int]) -> dict[str, _Says]:
    """Return what versions say by digest; each is parsed once a process, because it never changes."""
    found = {digest: _kept[digest] for digest in wanted if digest in _kept}
    missing = [pk for digest, pk in wanted.items() if digest not in found]
    for row in ScheduleVersion.objects.filter(pk__in=missing).iterator() if missing else ():
        found[row.digest] = row.time_zone, _layers_of(row)
    if len(_kept) + len(missing) > _MOST_KEPT:
        _kept.clear()
    _kept.update(found)
    return found


def _layers_of(row: ScheduleVersion) -> tuple[Layer, ...]:
    return tuple(
        replace(layer, first_turn=int(row.first_turns.get(layer.name, 0)))
        for layer in read_layers(row.layers, "layers")
    )


def override_of(row: OverrideRow) -> Override:
    """Return a saved override as the engine's value."""
    replaces = None if row.replaces_id is None else str(row.replaces_id)
    return Override(str(row.user_id), instant_of(row.starts_at), instant_of(row.ends_at), replaces, row.pk)


def layers_json(layers: Iterable[Layer]) -> list[dict[str, Any]]:
    """Return layers in the preview format."""
    return [_layer_json(layer) for layer in layers]


def _layer_json(layer: Layer) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": layer.name,
        "starts_at": _local(layer.starts_at),
        "ends_at": None if layer.ends_at is None else _local(layer.ends_at),
        "participants": [list(group) for group in layer.groups],
        "rotate": None,
        "restrictions": [_restriction_json(each) for each in layer.restrictions],
    }
    if layer.rotation:
        told["rotate"] = {"unit": str(layer.rotation.unit), "every": layer.rotation.every}
    if layer.anchor_at is not None:
        told["anchor"] = {"at": _local(layer.anchor_at), "group": layer.anchor_group}
    return told


def _restriction_json(each: Restriction) -> dict[str, Any]:
    if each.period == DAY:
        return {"kind": "daily", "from": _time(each.start), "to": _time(each.end)}
    return {"kind": "weekly", "from": _weekday(each.start), "to": _weekday(each.end)}


def _weekday(seconds: int) -> dict[str, str]:
    return {"weekday": WEEKDAYS[seconds % WEEK // DAY], "time": _time(seconds)}


def _time(seconds: int) -> str:
    return f"{seconds % DAY // 3600:02}:{seconds % 3600 // 60:02}"


def _local(wall: int) -> str:
    return local_of(wall).isoformat(timespec="minutes")
