"""Finding what a typed word means: people, services, incidents. Every look-up knows who asks."""

from collections.abc import Sequence
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

from django.db.models import Q

from accounts.linking import LINK_HINT
from accounts.models import Team, User
from chatops.context import Context
from chatops.grammar.errors import Choice, Span, Unreadable, shortened
from chatops.grammar.suggest import either, nearest
from chatops.grammar.values import UserRef
from chatops.groups import Group, find_group
from common.errors import NotAllowed
from incidents.models import Incident
from incidents.models.incident import OPEN
from incidents.queries import incidents_for
from oncall.models import Schedule, Service
from oncall.rules.escalation import Target
from oncall.targets import find_target, of_person

MOST = 6


def zone_of(context: Context) -> tzinfo:
    """The time zone in which the actor's times are read."""
    return ZoneInfo(context.by.user.time_zone) if context.by.user else UTC


# --- people ---------------------------------------------------------------------------------------


def people_like(text: str, limit: int = MOST) -> list[User]:
    """Active people called so: the handle, else the name or address, else those that begin so."""
    active = User.objects.filter(is_active=True)
    for exact in (Q(handle__iexact=text), Q(name__iexact=text) | Q(email__iexact=text)):
        if found := list(active.filter(exact)[:limit]):
            return found
    begins = (
        Q(handle__istartswith=text)
        | Q(name__istartswith=text)
        | Q(name__icontains=f" {text}")
        | Q(email__istartswith=text)
    )
    return list(active.filter(begins)[:limit])


def find_person(ref: UserRef, context: Context, span: Span, wants: str) -> User:
    """Return the one person that was meant.

    :raises Unreadable: nobody, or several, with buttons for each.
    :raises NotAllowed: “me” is nobody we know.
    """
    if ref.is_me:
        if context.by.user is None:
            raise NotAllowed("Warroom has to know which account you are.", hint=LINK_HINT)
        return context.by.user
    found = people_like(ref.text)
    if len(found) == 1:
        return found[0]
    said = shortened(ref.text)
    if found:
        raise Unreadable(f'Which "{said}"?', span=span, choices=person_choices(found), wants=wants)
    handles = list(User.objects.filter(is_active=True).values_list("handle", flat=True)[:2000])
    meant = nearest(ref.text, handles)
    raise Unreadable(
        f'There is nobody called "{said}".',
        hint=f"Did you mean {either([f'@{handle}' for handle in meant])}?" if meant else "Write @handle or me.",
        span=span,
        choices=[Choice(f"@{handle}", f"@{handle}") for handle in meant],
        wants=wants,
    )


def find_people(ref: UserRef, context: Context, span: Span, wants: str) -> Group:
    """Those that were meant: the person with this handle, else the team or user group called so, else a person. Of
    one person the group's name is empty.

    :raises Unreadable: nobody, several, or a group without anybody who has an account here.
    """
    if not ref.is_me and not User.objects.filter(is_active=True, handle__iexact=ref.text).exists():
        group = find_group(ref.text)
        if group is not None and not group.people:
            raise Unreadable(
                f"Nobody of @{shortened(group.name)} has an account here.",
                hint="Name people, or have them link their chat accounts.",
                span=span,
                wants=wants,
            )
        if group is not None:
            return group
    return Group("", [find_person(ref, context, span, wants)])


def person_choices(people: Sequence[User]) -> list[Choice]:
    """Choices that name people and write their handles."""
    return [Choice(f"{person.name} (@{person.handle})", f"@{person.handle}") for person in people[:MOST]]


def people_here(incident: Incident | None, limit: int = MOST) -> list[User]:
    """People to offer: those in the room, without a room whoever is active."""
    rows = User.objects.filter(is_active=True)
    if incident is not None:
        rows = rows.filter(incident_memberships__incident=incident, incident_memberships__left_at__isnull=True)
    return list(rows[:limit])


# --- services -------------------------------------------------------------------------------------


def find_service(text: str, span: Span, wants: str) -> str:
    """Return the slug of the service that was meant.

    :raises Unreadable: there is none, with near misses as buttons.
    """
    found = Service.objects.filter(Q(slug__iexact=text) | Q(name__iexact=text)).first()
    if found is not None:
        return found.slug
    slugs = list(Service.objects.values_list("slug", flat=True)[:2000])
    meant = nearest(text, slugs) or [slug for slug in slugs if len(text) >= 3 and text.casefold() in slug][:3]
    raise Unreadable(
        f'There is no service "{shortened(text)}" in the catalogue.',
        hint=f"Did you mean {either(meant)}?" if meant else "",
        span=span,
        choices=[Choice(slug, slug) for slug in meant or slugs[:MOST]],
        wants=wants,
    )


def service_choices(starting: str = "") -> list[Choice]:
    """Services to offer."""
    slugs = Service.objects.filter(slug__istartswith=starting).values_list("slug", flat=True)
    return [Choice(slug, slug) for slug in slugs[:MOST]]


# --- schedules ------------------------------------------------------------------------------------


def find_schedule(text: str, span: Span, wants: str) -> str:
    """Return the slug of the schedule that was meant.

    :raises Unreadable: there is none, with near misses as buttons.
    """
    rows = Schedule.objects.filter(archived_at__isnull=True)
    found = rows.filter(Q(slug__iexact=text) | Q(name__iexact=text)).first()
    if found is not None:
        return found.slug
    slugs = list(rows.values_list("slug", flat=True)[:2000])
    meant = nearest(text, slugs) or [slug for slug in slugs if len(text) >= 3 and text.casefold() in slug][:3]
    raise Unreadable(
        f'There is no schedule "{shortened(text)}".',
        hint=f"Did you mean {either(meant)}?" if meant else "",
        span=span,
        choices=[Choice(slug, slug) for slug in meant or slugs[:MOST]],
        wants=wants,
    )


def schedule_choices(starting: str = "") -> list[Choice]:
    """Schedules to offer."""
    rows = Schedule.objects.filter(archived_at__isnull=True, slug__istartswith=starting)
    return [Choice(slug, slug) for slug in rows.values_list("slug", flat=True)[:MOST]]


# --- who is paged ---------------------------------------------------------------------------------


def find_targets(text: str, context: Context, span: Span, wants: str) -> list[Target]:
    """Who is paged: a person, a schedule, a team, a service; of a chat's user group its people.

    :raises Unreadable: nobody and nothing is called so, or several people are.
    """
    if text.casefold() in ("me", "@me"):
        return [of_person(find_person(UserRef("", is_me=True), context, span, wants))]
    found = find_target(text)
    if found is not None:
        return [found]
    ref = UserRef(text.removeprefix("@"))
    group = find_group(ref.text)
    if group is not None and group.people:
        return [of_person(person) for person in group.people]
    if len(people_like(ref.text)) > 0:
        return [of_person(find_person(ref, context, span, wants))]
    names = [choice.value for choice in target_choices(most=2000)]
    names += Service.objects.values_list("slug", flat=True)[:2000]
    meant = nearest(ref.text, names)
    raise Unreadable(
        f'There is no person, schedule, team or service "{shortened(text)}".',
        hint=f"Did you mean {either(meant)}?"
        if meant
        else "Write @handle, or the name of a schedule, team or service.",
        span=span,
        choices=[Choice(name, name) for name in meant],
        wants=wants,
    )


def target_choices(starting: str = "", most: int = MOST) -> list[Choice]:
    """Whom to offer: services that page somebody, schedules, teams."""
    services = Service.objects.filter(slug__istartswith=starting, policy__isnull=False)
    schedules = Schedule.objects.filter(slug__istartswith=starting, archived_at__isnull=True)
    teams = Team.objects.filter(slug__istartswith=starting)
    slugs = [slug for rows in (services, schedules, teams) for slug in rows.values_list("slug", flat=True)[:most]]
    return [Choice(slug, slug) for slug in dict.fromkeys(slugs)][:most]


# --- incidents ------------------------------------------------------------------------------------


def open_incidents(context: Context, limit: int = 5) -> tuple[list[Incident], int]:
    """Open incidents that the actor sees, newest first, and how many there are."""
    rows = incidents_for(context.by.user).filter(status__in=OPEN)
    return list(rows[:limit]), rows.count()


def incident_choices(context: Context, starting: str = "") -> list[Choice]:
    """Incidents to offer: the room's own first."""
    found, _ = open_incidents(context, MOST)
    here = context.incident
    numbers = [here.pk] if here is not None and all(here.pk != row.pk for row in found) else []
    numbers += [row.pk for row in found if str(row.pk).startswith(starting)]
    titles = {row.pk: row.display_title for row in found}
    return [Choice(f"#{number} {titles.get(number, '')}".strip(), f"#{number}") for number in numbers]
