"""From shifts and gaps to the JSON of the preview format, instants in UTC with seconds."""

from typing import Any

from oncall.rules.schedules.plan import Final, Gap, Kind, Shift, Stand
from oncall.rules.schedules.wall import datetime_of


def preview_json(found: Final) -> dict[str, Any]:
    """Return what a preview answers; overrides are named by their place in its list."""
    return {
        "final": [shift_json(shift) for shift in found.shifts],
        "gaps": [gap_json(gap) for gap in found.gaps],
    }


def shift_json(shift: Shift) -> dict[str, Any]:
    """Return one shift."""
    told: dict[str, Any] = {
        "from": instant_text(shift.start),
        "to": instant_text(shift.end),
        "users": list(shift.users),
    }
    if shift.source.kind is Kind.OVERRIDE:
        told["source"] = {"kind": "override", "index": shift.source.key}
    elif shift.source.kind is Kind.CALENDAR:
        told["source"] = {"kind": "calendar", "id": shift.source.key, "name": shift.source.name}
    else:
        told["source"] = {"kind": "layer", "name": shift.source.name, "turn": shift.source.turn}
    if shift.replaced:
        told["replaced"] = [_stand_json(stand) for stand in shift.replaced]
    return told


def gap_json(gap: Gap) -> dict[str, Any]:
    """Return one gap."""
    return {"from": instant_text(gap.start), "to": instant_text(gap.end), "deliberate": gap.deliberate}


def instant_text(instant: int) -> str:
    """Return an instant as in 2026-03-20T08:00:00Z."""
    return f"{datetime_of(instant):%Y-%m-%dT%H:%M:%SZ}"


def _stand_json(stand: Stand) -> dict[str, Any]:
    return {"user": stand.user, "by": stand.by, "swap" if stand.is_swap else "override": stand.key}
