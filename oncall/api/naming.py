"""People of a schedule: by id, handle or e-mail address as they come in, by handle as they go out."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from accounts.api.fields import find_person, iso
from accounts.models import User
from common.errors import Invalid
from oncall.models import Schedule
from oncall.queries import Standing, people_of
from oncall.rules.schedules.comparing import Comparison
from oncall.rules.schedules.explaining import Explanation
from oncall.rules.schedules.plan import Final, Gap, Kind, Shift
from oncall.rules.schedules.quality import Quality
from oncall.rules.schedules.telling import gap_json, instant_text, shift_json
from oncall.rules.schedules.wall import datetime_of


def numbered(layers: Any) -> Any:
    """Return layers with each person by the number of their account. What is no layer is left for the engine.

    :raises Invalid: there is no such person, naming the place.
    """
    known: dict[str, str] = {}

    def number(ref: Any, field: str) -> Any:
        if isinstance(ref, bool) or not isinstance(ref, int | str):
            return ref
        if str(ref) not in known:
            found = find_person(ref)
            if found is None:
                raise Invalid(f"There is no person “{str(ref)[:80]}”.", field=field)
            known[str(ref)] = str(found.pk)
        return known[str(ref)]

    if not isinstance(layers, list):
        return layers
    told = []
    for at, layer in enumerate(layers):
        if isinstance(layer, dict) and isinstance(layer.get("participants"), list):
            layer = {
                **layer,
                "participants": [
                    [number(ref, f"layers[{at}].participants[{place}][{n}]") for n, ref in enumerate(group)]
                    if isinstance(group, list)
                    else group
                    for place, group in enumerate(layer["participants"])
                ],
            }
        told.append(layer)
    return told


def schedule_json(schedule: Schedule) -> dict[str, Any]:
    """Return a schedule with the version in force, people by handle."""
    row = schedule.versions.get(superseded_at__isnull=True)
    users = {user for layer in row.layers for group in layer["participants"] for user in group}
    handles = _handles(User.objects.in_bulk([int(user) for user in users]).values())
    layers = [
        {**layer, "participants": [[handles.get(user, user) for user in group] for group in layer["participants"]]}
        for layer in row.layers
    ]
    team = schedule.team
    return {
        "id": schedule.pk,
        "slug": schedule.slug,
        "name": schedule.name,
        "description": schedule.description,
        "team": team and {"slug": team.slug, "name": team.name},
        "time_zone": row.time_zone,
        "layers": layers,
        "version": row.number,
        "effective_from": iso(row.effective_from),
    }


def final_json(found: Final) -> dict[str, Any]:
    """Return shifts and gaps."""
    handles = _handles(people_of(found.shifts).values())
    return {
        "final": [_shift(shift, handles) for shift in found.shifts],
        "gaps": [gap_json(gap) for gap in found.gaps],
    }


def standing_json(found: Standing) -> dict[str, Any]:
    """Return who is on call and who follows."""
    handles = _handles(people_of([piece for piece in (found.now, found.following) if piece]).values())
    return {
        "shift": _shift(found.now, handles) if isinstance(found.now, Shift) else None,
        "gap": gap_json(found.now) if isinstance(found.now, Gap) else None,
        "following": _shift(found.following, handles) if found.following else None,
    }


def everywhere_json(at: datetime, slugs: Mapping[int, str], found: Mapping[int, Shift | Gap]) -> dict[str, Any]:
    """Return who is on call on each schedule at an instant."""
    handles = _handles(people_of(found.values()).values())
    return {"at": iso(at), "results": [_one(slug, found[pk], handles) for pk, slug in slugs.items()]}


def why_json(found: Explanation) -> dict[str, Any]:
    """Return what led to who is on call."""
    names = {user for layer in found.layers for user in layer.users}
    names |= {name for hand in found.by_hand for name in (hand.user, hand.instead_of) if name}
    users = found.result.users if isinstance(found.result, Shift) else ()
    handles = _handles(User.objects.filter(pk__in=map(int, {*names, *users})))

    def named(group: Iterable[str]) -> list[str]:
        return [handles.get(user, user) for user in group]

    def at(instant: int | None) -> str | None:
        return None if instant is None else iso(datetime_of(instant))

    return {
        "users": named(users),
        "layers": [
            {
                "name": layer.name,
                "state": str(layer.state),
                "turn": layer.turn,
                "users": named(layer.users),
                "until": at(layer.until),
                "counts": layer.counts,
            }
            for layer in found.layers
        ],
        "by_hand": [
            {
                "kind": "swap" if hand.is_swap else "override",
                "id": hand.key,
                "user": handles.get(hand.user, hand.user),
                "instead_of": hand.instead_of and handles.get(hand.instead_of, hand.instead_of),
                "until": at(hand.until),
                "counts": hand.counts,
            }
            for hand in found.by_hand
        ],
    }


def quality_json(found: Quality) -> dict[str, Any]:
    """Return what each person carries."""
    handles = _handles(User.objects.filter(pk__in=[int(share.user) for share in found.shares]))
    return {
        "uncovered": round(found.uncovered, 6),
        "people": [
            {
                "user": handles.get(share.user, share.user),
                "seconds": share.seconds,
                "nights": share.nights,
                "weekend_seconds": share.weekend_seconds,
                "longest_seconds": share.longest,
            }
            for share in found.shares
        ],
    }


def difference_json(found: Comparison) -> dict[str, Any]:
    """Return what a change would do."""
    names = {user for change in found.changes for user in (*change.before, *change.after)} | set(found.seconds)
    handles = _handles(User.objects.filter(pk__in=map(int, names | set(found.tired))))

    def named(group: Iterable[str]) -> list[str]:
        return [handles.get(user, user) for user in group]

    return {
        "changes": [
            {
                "from": instant_text(change.start),
                "to": instant_text(change.end),
                "before": named(change.before),
                "after": named(change.after),
            }
            for change in found.changes
        ],
        "seconds": {handles.get(user, user): more for user, more in found.seconds.items()},
        "gap_seconds": found.gap_seconds,
        "nights_in_a_row": {handles.get(user, user): most for user, most in found.tired.items()},
    }


def _one(slug: str, piece: Shift | Gap, handles: dict[str, str]) -> dict[str, Any]:
    if isinstance(piece, Gap):
        return {"schedule": slug, "users": [], "gap": "deliberate" if piece.deliberate else "accidental"}
    return {"schedule": slug, "users": [handles.get(user, user) for user in piece.users], "gap": None}


def _shift(shift: Shift, handles: dict[str, str]) -> dict[str, Any]:
    told = shift_json(shift)
    told["users"] = [handles.get(user, user) for user in shift.users]
    if shift.source.kind is Kind.OVERRIDE:
        told["source"] = {"kind": "override", "id": shift.source.key}
    for stand in told.get("replaced", ()):
        stand.update({name: handles.get(stand[name], stand[name]) for name in ("user", "by")})
    return told


def _handles(people: Any) -> dict[str, str]:
    return {str(user.pk): user.handle for user in people}
