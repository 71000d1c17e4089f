"""What reaches a person: the methods and rules that everybody with an account is given, so that a new one is reachable
at once."""

from collections.abc import Iterable

from django.db.models import QuerySet

from accounts import audit
from accounts.actors import SYSTEM
from accounts.models import User
from common import clock
from common.ids import digest
from common.operations import operation
from connections.models import Connection, Lane
from oncall.models import PAGER_LANE, ContactMethod, NotificationRule, Urgency
from oncall.ports import PagerPort, pagers

MOST_RULES = 20
#: minutes before a kind of method that is not installed now has its turn
_LATER = 2
_AT_ONCE = 500


def rules_of(user: User, urgency: str) -> "QuerySet[NotificationRule]":
    """The rules by which pages of this urgency reach a person, in their order."""
    rules = NotificationRule.objects.filter(user=user, urgency=urgency, method__removed_at__isnull=True)
    usable = rules.filter(method__verified_at__isnull=False)
    return usable.select_related("method__lane").order_by("delay_minutes", "pk")


def methods_of(user: User) -> "QuerySet[ContactMethod]":
    """A person's contact methods, as they added them."""
    return ContactMethod.objects.filter(user=user, removed_at__isnull=True).order_by("pk")


def usable_methods(user: User) -> "QuerySet[ContactMethod]":
    """Those of them to which pages may go."""
    return methods_of(user).filter(verified_at__isnull=False)


@operation
def give_methods(*, user: User) -> list[ContactMethod]:
    """Give a person a contact method for each address that is known to be theirs, and rules that use it.

    Nothing that they removed comes back, and no rule of theirs is changed; what is new comes after it. Joins the
    running transaction.
    """
    if not user.is_active or not _not_given(user):
        return []
    # Two that do this at once for one person: the second finds everything there.
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    return [_give(user, pager, address, connection) for pager, address, connection in _not_given(user)]


def _not_given(user: User) -> list[tuple[PagerPort, str, Connection]]:
    there = set(ContactMethod.objects.filter(user=user).values_list("kind", "address"))
    found = []
    for pager in sorted(pagers(), key=lambda pager: not pager.takes_addresses):
        for address in pager.own_addresses(user):
            connection = pager.connection_of(address)
            if connection is not None and (pager.kind, address) not in there:
                found.append((pager, address, connection))
    return found


def _give(user: User, pager: PagerPort, address: str, connection: Connection) -> ContactMethod:
    method = make_method(user, pager.kind, address, connection)
    ContactMethod.objects.filter(pk=method.pk).update(verified_at=clock.now())
    give_rules(method)
    audit.record(SYSTEM, "contact.given", "contact-method", method.pk, after={"kind": pager.kind, "user": user.pk})
    return method


def give_rules(method: ContactMethod) -> None:
    """Rules for a method that is good from now on: the first at once, later ones when its kind usually has its turn.

    No rule that is there is changed. Low urgency is left as it is where a rule says how.
    """
    for urgency in Urgency:
        mine = NotificationRule.objects.filter(user=method.user, urgency=urgency)
        is_first = not rules_of(method.user, urgency).exclude(method=method).exists()
        if (
            mine.filter(method=method).exists()
            or mine.count() >= MOST_RULES
            or (urgency == Urgency.LOW and not is_first)
        ):
            continue
        minutes = 0 if is_first else _usual_minutes(method.kind)
        NotificationRule.objects.create(user=method.user, urgency=urgency, method=method, delay_minutes=minutes)


def _usual_minutes(kind: str) -> int:
    return next((pager.usual_minutes for pager in pagers() if pager.kind == kind), _LATER)


def make_method(user: User, kind: str, address: str, connection: Connection) -> ContactMethod:
    """A contact method with its lane, not verified."""
    lane = _lane(user, kind, address, connection)
    return ContactMethod.objects.create(user=user, kind=kind, address=address, lane=lane)


def _lane(user: User, kind: str, address: str, connection: Connection) -> Lane:
    """The lane of an address; its key tells nobody which one."""
    key = f"contact:{user.pk}:{kind}:{digest(address)[:32]}"
    lane, _ = Lane.objects.get_or_create(connection=connection, key=key, defaults={"kind": PAGER_LANE})
    return lane


@operation
def move_lanes(*, users: Iterable[int] | None = None) -> int:
    """What goes through a connection that was removed goes through the one in its place, where there is one; returns
    how many. A chat may have been set up anew."""
    gone = ContactMethod.objects.filter(removed_at__isnull=True, lane__connection__removed_at__isnull=False)
    gone = gone.select_related("user") if users is None else gone.filter(user__in=users).select_related("user")
    moved = 0
    for method in gone[:_AT_ONCE]:
        pager = next((one for one in pagers() if one.kind == method.kind), None)
        connection = pager.connection_of(method.address) if pager else None
        if connection is not None:
            method.lane = _lane(method.user, method.kind, method.address, connection)
            method.save(update_fields=["lane"])
            moved += 1
    return moved


def give_everybody(users: Iterable[User] | None = None) -> int:
    """Give methods to everybody who has none yet; returns how many were made. Each person by themselves.

    At each start and once an hour: mail may have been set up, or somebody's chat account linked, meanwhile.
    """
    if users is None:
        move_lanes()
        users = User.objects.filter(is_active=True, contact_methods__isnull=True)[:_AT_ONCE]
    return sum(len(give_methods(user=user)) for user in users)
