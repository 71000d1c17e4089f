"""Who is in the room, and as what."""

from collections.abc import Sequence

from accounts.actors import SYSTEM, Actor
from accounts.models import User
from common import clock
from common.errors import Conflict, Invalid, NotAllowed
from common.news import tell
from common.operations import operation
from incidents.models import COMMANDER, Incident, Member, RoleAssignment
from incidents.models.people import SINGLE_ROLES
from incidents.news import AccessChanged, MemberJoined
from incidents.operations.base import lock_incident, write_change
from incidents.permissions import Doing, is_commander
from incidents.rules import texts
from oncall.models import Page
from oncall.operations.ending import stop_asking

#: other words for roles
_ALIASES = {"lead": COMMANDER, "ic": COMMANDER, "communications": "comms", "responders": "responder"}


def role_name(word: str) -> str:
    """Return the role that a word means.

    :raises Invalid: not plain words.
    """
    name = texts.role(word)
    return _ALIASES.get(name, name)


@operation
def assign_role(*, number: int, role: str, user: User, by: Actor, note: str = "") -> Incident:
    """Give a person a role; who held a single role before hands it over. The person joins the room.

    :raises Invalid: the person is not active. :raises Conflict: private and the person is no member.
    """
    role = role_name(role)
    if not user.is_active:
        raise Invalid(f"{user.name} has left and can't take a role.", field="user")
    taking = by.user is not None and by.user.pk == user.pk
    incident = lock_incident(number, by, Doing.RUN, ended_is_fine=False)
    held = list(
        RoleAssignment.objects.filter(incident=incident, role=role, ended_at__isnull=True).select_related("user")
    )
    if any(found.user_id == user.pk for found in held):
        return incident
    was = ""
    if role in SINGLE_ROLES and held:
        was = held[0].user.name
        RoleAssignment.objects.filter(pk=held[0].pk).update(ended_at=clock.now())
    _enter(incident, user, f"is {role}", by)
    RoleAssignment.objects.create(incident=incident, role=role, user=user)
    _forget_roles(incident)
    write_change(
        incident,
        "role.assigned",
        by=by,
        data={
            "role": role,
            "name": user.name,
            "user": user.pk,
            "was": was,
            "self": taking,
            "note": texts.clean(note, "note", most=2000),
        },
        before={role: was or None},
        after={role: user.name},
    )
    return incident


@operation
def hand_over(*, number: int, to: User, by: Actor, note: str = "") -> Incident:
    """Pass on the roles that one holds (the lead, when none is held) with a note."""
    incident = lock_incident(number, by, Doing.RUN, ended_is_fine=False)
    mine = list(
        RoleAssignment.objects.filter(incident=incident, user=by.user, ended_at__isnull=True).values_list(
            "role", flat=True
        )
    )
    for role in mine or [COMMANDER]:
        if role not in SINGLE_ROLES:
            drop_role(number=number, role=role, by=by, user=by.user)
        incident = assign_role(number=number, role=role, user=to, by=by, note=note)
    return incident


@operation
def drop_role(*, number: int, role: str, by: Actor, user: User | None = None) -> Incident:
    """End a role: a person's, or whoever holds it. Nobody holds it: nothing happens."""
    role = role_name(role)
    incident = lock_incident(number, by, Doing.RUN)
    rows = RoleAssignment.objects.filter(incident=incident, role=role, ended_at__isnull=True)
    if user is not None:
        rows = rows.filter(user=user)
    for found in rows.select_related("user"):
        RoleAssignment.objects.filter(pk=found.pk).update(ended_at=clock.now())
        _forget_roles(incident)
        write_change(
            incident,
            "role.dropped",
            by=by,
            data={"role": role, "name": found.user.name, "user": found.user_id},
            before={role: found.user.name},
            after={role: None},
        )
    return incident


@operation
def join(*, number: int, by: Actor) -> Incident:
    """Come into the room. An administrator may join a private incident; the room is told.

    :raises NotFound: private, and the person may not know of it.
    """
    if by.user is None:
        raise NotAllowed("Only people with an account can join.", hint="Link your account first.")
    if by.user.is_admin and Incident.objects.filter(pk=number, is_private=True).exists():
        incident = lock_incident(number, Actor.machine(by.name, by.surface), Doing.JOIN)
        _enter(incident, by.user, "administrator, joined by right", by)
        return incident
    incident = lock_incident(number, by, Doing.JOIN)
    _enter(incident, by.user, "", by)
    return incident


@operation
def leave(*, number: int, by: Actor) -> Incident:
    """Go out of the room.

    :raises Conflict: one holds a role; hand it over or drop it first.
    """
    incident = lock_incident(number, by, Doing.JOIN)
    if by.user is None:
        raise NotAllowed("Only people with an account can leave.")
    held = RoleAssignment.objects.filter(incident=incident, user=by.user, ended_at__isnull=True).first()
    if held is not None:
        raise Conflict(
            f"You are {held.role}. Hand it over first.",
            hint=f"/incident handoff @somebody or drop {held.role}",
        )
    _exit(incident, by.user, "member.left", by)
    _ask_no_more(incident, by.user)
    return incident


@operation
def invite(*, number: int, user: User, by: Actor) -> Incident:
    """Bring a person in; in a private incident this lets them see it."""
    incident = lock_incident(number, by, Doing.ACCESS if _is_private(number) else Doing.SPEAK)
    if not user.is_active:
        raise Invalid(f"{user.name} has left.", field="user")
    _enter(incident, user, f"invited by {by.name}", by)
    return incident


@operation
def invite_all(*, number: int, users: Sequence[User], by: Actor) -> Incident:
    """Bring several people in at once; who is in it already stays as they are.

    :raises Invalid: one of them has left.
    """
    incident = lock_incident(number, by, Doing.ACCESS if _is_private(number) else Doing.SPEAK)
    for user in users:
        invite(number=number, user=user, by=by)
    return incident


@operation
def let_in_paged(*, number: int, user: User) -> None:
    """Somebody is paged: of a private incident they become a member, or they could not see what it is about."""
    incident = Incident.objects.select_for_update(no_key=True).get(pk=number)
    if incident.is_private:
        _enter(incident, user, "paged", SYSTEM)


@operation
def come_as_paged(*, number: int, user: User) -> None:
    """Who was paged has it, and is in the room from now on."""
    incident = Incident.objects.select_for_update(no_key=True).get(pk=number)
    _enter(incident, user, "answered the page", SYSTEM)


@operation
def remove_member(*, number: int, user: User, by: Actor) -> Incident:
    """Take a person out; their roles end. In a private incident they stop seeing it."""
    incident = lock_incident(number, by, Doing.ACCESS)
    for held in RoleAssignment.objects.filter(incident=incident, user=user, ended_at__isnull=True):
        drop_role(number=number, role=held.role, by=by, user=user)
        incident.refresh_from_db()
    _exit(incident, user, "member.removed", by)
    _ask_no_more(incident, user)
    return incident


def _ask_no_more(incident: Incident, user: User) -> None:
    """Who may not see it any more is not waited for either."""
    if incident.is_private:
        stop_asking(subject_kind="incident", subject_id=incident.pk, user=user)


@operation
def watch(*, number: int, by: Actor, on: bool = True) -> Incident:
    """Follow an incident's updates, or stop. Who is not in the room follows from outside of it."""
    incident = lock_incident(number, by, Doing.READ)
    if by.user is None:
        raise NotAllowed("Only people with an account can watch.")
    Member.objects.update_or_create(
        incident=incident,
        user=by.user,
        defaults={"is_watching": on},
        create_defaults={"is_watching": on, "reason": "follows its updates", "left_at": clock.now()},
    )
    return incident


@operation
def set_private(*, number: int, is_private: bool, by: Actor, reason: str = "") -> Incident:
    """Change who sees it. Whoever does it stays a member.

    :raises NotAllowed: not commander, member or administrator.
    """
    incident = lock_incident(number, by, Doing.ACCESS)
    if incident.is_private == is_private:
        return incident
    if not is_private and not (by.is_machine or (by.user and (by.user.is_admin or is_commander(by.user, incident)))):
        raise NotAllowed("Only the commander or an administrator can open a private incident to everybody.")
    if is_private and by.user is not None:
        _enter(incident, by.user, "made it private", by)
    if is_private:
        for held in RoleAssignment.objects.filter(incident=incident, ended_at__isnull=True).select_related("user"):
            _enter(incident, held.user, f"is {held.role}", by)
    if is_private:
        for page in Page.objects.filter(subject_kind="incident", subject_id=number, status__in=[Page.OPEN, Page.ACKED]):
            _enter(incident, page.user, "paged", by)
    incident.is_private = is_private
    incident.access_version += 1
    write_change(
        incident,
        "access.changed",
        by=by,
        data={"private": is_private, "reason": texts.clean(reason, "reason", most=2000)},
        fields=["is_private", "access_version"],
        before={"private": not is_private},
        after={"private": is_private},
    )
    tell(AccessChanged(incident_number=incident.pk, access_version=incident.access_version))
    return incident


def _is_private(number: int) -> bool:
    return Incident.objects.filter(pk=number, is_private=True).exists()


def _enter(incident: Incident, user: User, reason: str, by: Actor) -> None:
    member, made = Member.objects.get_or_create(incident=incident, user=user, defaults={"reason": reason[:200]})
    if not made and member.left_at is None:
        return
    if not made:
        Member.objects.filter(pk=member.pk).update(left_at=None, joined_at=clock.now(), reason=reason[:200])
    write_change(
        incident,
        "member.joined",
        by=by,
        data={"name": user.name, "user": user.pk, "reason": reason},
        shown_on_cards=False,
    )
    if incident.is_private:
        _bump_access(incident)
    tell(MemberJoined(incident_number=incident.pk, user_id=user.pk))


def _exit(incident: Incident, user: User, kind: str, by: Actor) -> None:
    gone = Member.objects.filter(incident=incident, user=user, left_at__isnull=True).update(
        left_at=clock.now(), is_watching=False
    )
    if gone:
        write_change(incident, kind, by=by, data={"name": user.name, "user": user.pk}, shown_on_cards=False)
        _bump_access(incident)


def _bump_access(incident: Incident) -> None:
    incident.access_version += 1
    Incident.objects.filter(pk=incident.pk).update(access_version=incident.access_version)
    tell(AccessChanged(incident_number=incident.pk, access_version=incident.access_version))


def _forget_roles(incident: Incident) -> None:
    if hasattr(incident, "roles_held"):
        del incident.roles_held
