"""Who a target of a level means: from its row, its name, or what somebody typed, to people at an instant."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Q

from accounts.models import Team, User
from oncall.models import ContactMethod, Schedule, Service
from oncall.operations.reaching import give_everybody, move_lanes
from oncall.queries import on_call
from oncall.rules.escalation import Somebody, Target, Who
from oncall.rules.schedules.plan import Shift

PERSON, SCHEDULE, TEAM, SERVICE = "person", "schedule", "team", "service"


def find_target(text: str) -> Target | None:
    """Return who is called so: the person with this handle, else a schedule, a team or a service."""
    name = text.strip()
    if "@" in name or User.objects.filter(is_active=True, handle__iexact=name).exists():
        name = name.removeprefix("@")
        person = User.objects.filter(is_active=True).filter(Q(handle__iexact=name) | Q(email__iexact=name)).first()
        if person is not None:
            return of_person(person)
    called = Q(slug__iexact=name) | Q(name__iexact=name)
    if schedule := Schedule.objects.filter(archived_at__isnull=True).filter(called).first():
        return Target(SCHEDULE, schedule.pk, schedule.name)
    if team := Team.objects.filter(called).first():
        return Target(TEAM, team.pk, team.name)
    if service := Service.objects.filter(called).first():
        return Target(SERVICE, service.pk, service.name)
    return None


def of_person(user: User) -> Target:
    """The target that is one person."""
    return Target(PERSON, user.pk, user.name)


def everybody_at(targets: Iterable[Target], *, is_asked: bool = False) -> Who:
    """Return who stands behind these targets, asked for once per instant: a few queries for all of them.

    Who has left is nobody. Reachable is who has a verified contact method; without any their page stands only here.

    :param is_asked: they are paged now: who has no contact method yet is given what is known of them.
    """
    wanted = list(targets)
    kept: dict[datetime, dict[tuple[str, int], list[Somebody]]] = {}

    def who(target: Target, at: datetime) -> Sequence[Somebody]:
        if at not in kept:
            kept.clear()
            kept[at] = _people(wanted, at, is_asked)
        return kept[at].get((target.kind, target.id), [])

    return who


def _people(targets: list[Target], at: datetime, is_asked: bool) -> dict[tuple[str, int], list[Somebody]]:
    found: dict[tuple[str, int], list[tuple[int, str]]] = defaultdict(list)
    names = {(target.kind, target.id): target.name for target in targets}
    for target in targets:
        if target.kind == PERSON:
            found[target.kind, target.id] = [(target.id, "asked by name")]
    teams = [pk for kind, pk in names if kind == TEAM]
    if teams:
        for pk, user in User.objects.filter(teams__in=teams).order_by("name", "pk").values_list("teams", "pk"):
            if pk in teams:
                found[TEAM, pk].append((user, f"in the team {names[TEAM, pk]}"))
    schedules = [pk for kind, pk in names if kind == SCHEDULE]
    if schedules:
        live = set(Schedule.objects.filter(pk__in=schedules, archived_at__isnull=True).values_list("pk", flat=True))
        for pk, piece in on_call(live, at).items():
            if isinstance(piece, Shift):
                found[SCHEDULE, pk] = [(int(user), f"on call on {names[SCHEDULE, pk]}") for user in piece.users]
    users = {user for people in found.values() for user, _ in people}
    active = set(User.everyone.filter(pk__in=users, is_active=True).values_list("pk", flat=True))
    if is_asked:
        give_everybody(User.objects.filter(pk__in=active, contact_methods__isnull=True))
        move_lanes(users=active)
    methods = ContactMethod.objects.filter(user__in=active, verified_at__isnull=False, removed_at__isnull=True)
    # Nothing leaves by what is switched off, paused or gone: who has only that is not reached.
    methods = methods.filter(
        lane__connection__is_on=True,
        lane__connection__paused_at__isnull=True,
        lane__connection__removed_at__isnull=True,
    )
    reachable = set(methods.values_list("user", flat=True))
    return {
        key: [Somebody(user, reason, user in reachable) for user, reason in people if user in active]
        for key, people in found.items()
    }
