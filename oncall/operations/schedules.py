"""Making and changing schedules. Each change is audited, counts from its instant on, and moves nobody."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.text import slugify

from accounts import audit
from accounts.actors import Actor
from accounts.models import Team, User
from accounts.permissions import Right, require
from common import clock
from common.cleaning import clean
from common.errors import Conflict, Invalid, NotFound
from common.operations import operation
from oncall.models import Schedule, ScheduleVersion
from oncall.operations.watching import wake
from oncall.permissions import require_change
from oncall.plans import layers_json, version_of
from oncall.rules.schedules.plan import Layer, Version
from oncall.rules.schedules.reading import read_layers, read_zone
from oncall.rules.schedules.saving import continued

#: parts of addresses
_TAKEN = frozenset({"preview", "new"})


@operation
def make_schedule(
    *,
    name: str,
    time_zone: str,
    layers: list[dict[str, Any]],
    by: Actor,
    team: Team | None = None,
    description: str = "",
    starts_at: datetime | None = None,
) -> Schedule:
    """Make a schedule of these layers (the preview format, people by the number of their account).

    It counts from now on, or from `starts_at` on where a former system's history is brought along.

    :raises Invalid: naming the field. :raises Conflict: the name is taken. :raises NotAllowed: not for the actor.
    """
    require(by, Right.ADMINISTER if team is None else Right.RESPOND, "make a schedule without a team")
    clean_name = clean(name, "name", most=80, least=1, one_line=True)
    slug = slugify(clean_name)
    if not slug or slug in _TAKEN:
        raise Invalid("A schedule's name has a letter or digit, and is not one of our own words.", field="name")
    if Schedule.objects.filter(Q(slug=slug) | Q(name__iexact=clean_name)).exists():
        raise Conflict(f"There is a schedule “{clean_name}” already.", field="name")
    schedule = Schedule(name=clean_name, slug=slug, team=team, description=_about(description))
    require_change(by, schedule)
    schedule.save(force_insert=True)
    at = _second(starts_at or clock.now())
    row = _write(schedule, 1, checked(time_zone, layers), {}, at, by)
    audit.record(by, "schedule.made", "schedule", schedule.pk, after=_facts(schedule, row))
    wake(schedule.pk)
    return schedule


@operation
def change_schedule(
    *,
    slug: str,
    by: Actor,
    time_zone: str | None = None,
    layers: list[dict[str, Any]] | None = None,
    exactly: bool = False,
    **about: Any,
) -> Schedule:
    """Change what a schedule says from now on, or its name, description and team.

    Whoever has a turn keeps it until the layer's next hand-off; what was before stays as it was. `exactly`: the layers
    count as they are written instead, so that they go on saying what another system says.

    :raises NotFound: no such schedule. :raises Invalid: naming the field. :raises NotAllowed: not for the actor.
    """
    schedule = lock_schedule(slug)
    require_change(by, schedule)
    row = schedule.versions.get(superseded_at__isnull=True)
    before = _facts(schedule, row)
    _describe(schedule, about, by)
    if time_zone is not None or layers is not None:
        was = version_of(row)
        given = checked(time_zone or row.time_zone, row.layers if layers is None else layers)
        row = _follow(row, was, given, by, exactly=exactly)
    after = _facts(schedule, row)
    if before != after:
        audit.record(by, "schedule.changed", "schedule", schedule.pk, before=before, after=after)
        wake(schedule.pk)
    return schedule


@operation
def archive_schedule(*, slug: str, by: Actor) -> None:
    """Take a schedule out of use. What it said stays readable.

    :raises NotFound: no such schedule. :raises NotAllowed: not for the actor.
    """
    schedule = lock_schedule(slug)
    require_change(by, schedule)
    schedule.archived_at = clock.now()
    schedule.save(update_fields=["archived_at"])
    audit.record(by, "schedule.archived", "schedule", schedule.pk)


def lock_schedule(slug: str) -> Schedule:
    """Return a schedule in use, locked.

    :raises NotFound: there is none.
    """
    found = Schedule.objects.select_for_update(no_key=True, of=("self",)).select_related("team")
    schedule = found.filter(slug=slug, archived_at__isnull=True).first()
    if schedule is None:
        raise NotFound(f"There is no schedule “{slug[:80]}”.", field="schedule")
    return schedule


def _follow(row: ScheduleVersion, was: Version, given: Version, by: Actor, *, exactly: bool) -> ScheduleVersion:
    """The next version, from this second on; the same again is no change."""
    at = max(_second(clock.now()), row.effective_from)
    seconds = int(at.timestamp())
    new = replace(given, effective_from=seconds) if exactly else continued(was, given, seconds)
    if replace(new, effective_from=None) == replace(was, effective_from=None):
        return row
    row.superseded_at = at
    row.save(update_fields=["superseded_at"])
    numbers = {layer.name: layer.first_turn for layer in new.layers}
    return _write(row.schedule, row.number + 1, new, numbers, at, by)


def _write(
    schedule: Schedule, number: int, version: Version, numbers: dict[str, int], at: datetime, by: Actor
) -> ScheduleVersion:
    return ScheduleVersion.objects.create(
        schedule=schedule,
        number=number,
        time_zone=version.zone,
        layers=layers_json(version.layers),
        first_turns=numbers,
        effective_from=at,
        made_by=by.user,
    )


def checked(time_zone: str, layers: list[dict[str, Any]]) -> Version:
    """Return what could be saved: layers with a name each, people with an account in use.

    :raises Invalid: naming the field.
    """
    version = Version(read_zone(time_zone, "time_zone"), read_layers(layers, "layers"))
    names: set[str] = set()
    for number, layer in enumerate(version.layers):
        if not layer.name.strip():
            raise Invalid("Give each layer a name.", field=f"layers[{number}].name")
        if layer.name in names:
            raise Invalid("Two layers have this name.", field=f"layers[{number}].name")
        names.add(layer.name)
    _check_people(version.layers)
    return version


def _check_people(layers: Iterable[Layer]) -> None:
    """Everybody on call has an account that is in use."""
    places: dict[str, str] = {}
    for number, layer in enumerate(layers):
        for place, group in enumerate(layer.groups):
            for user in group:
                places.setdefault(user, f"layers[{number}].participants[{place}]")
    numbers = {int(user) for user in places if user.isascii() and user.isdigit() and len(user) < 19}
    known = set(map(str, User.objects.filter(pk__in=numbers, is_active=True).values_list("pk", flat=True)))
    for user, field in places.items():
        if user not in known:
            raise Invalid(f"There is nobody “{user[:80]}” who could be on call.", field=field)


def _describe(schedule: Schedule, about: dict[str, Any], by: Actor) -> None:
    if "name" in about:
        schedule.name = clean(about["name"], "name", most=80, least=1, one_line=True)
        if Schedule.objects.filter(name__iexact=schedule.name).exclude(pk=schedule.pk).exists():
            raise Conflict(f"There is a schedule “{schedule.name}” already.", field="name")
    if "description" in about:
        schedule.description = _about(about["description"])
    if "team" in about:
        schedule.team = about["team"]
        require_change(by, schedule)
    schedule.save(update_fields=["name", "description", "team"])


def _about(description: str) -> str:
    return clean(description, "description", most=10_000)


def _second(at: datetime) -> datetime:
    return at.replace(microsecond=0)


def _facts(schedule: Schedule, row: ScheduleVersion) -> dict[str, Any]:
    return {
        "name": schedule.name,
        "description": schedule.description,
        "team": schedule.team_id,
        "version": row.number,
        "time_zone": row.time_zone,
        "layers": row.layers,
    }
