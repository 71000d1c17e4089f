"""Who may do what with one incident. Asked by the operations, so that every door gives one answer."""

from enum import StrEnum

from accounts.actors import Actor
from accounts.models import User
from accounts.permissions import Right, rights_of
from common.errors import NotAllowed
from incidents.models import COMMANDER, Incident, Member, RoleAssignment


class Doing(StrEnum):
    """Kinds of things that are done to an incident."""

    READ = "read"
    SPEAK = "speak"
    RUN = "run"
    ACCESS = "access"
    JOIN = "join"


_WHO = {
    Doing.SPEAK: "responders, and everybody who is in the room",
    Doing.RUN: "responders, the commander and administrators",
    Doing.ACCESS: "the commander, responders in the room and administrators",
    Doing.JOIN: "everybody with an account, unless the incident is private",
}
_VERBS = {
    Doing.SPEAK: "write in this room",
    Doing.RUN: "change this incident",
    Doing.ACCESS: "change who sees this incident",
    Doing.JOIN: "join this incident",
}


def is_member(user: User | None, incident: Incident) -> bool:
    """Tell whether the person is in the room."""
    if user is None:
        return False
    return Member.objects.filter(incident=incident, user=user, left_at__isnull=True).exists()


def is_commander(user: User, incident: Incident) -> bool:
    """Tell whether the person commands this incident."""
    return RoleAssignment.objects.filter(incident=incident, user=user, role=COMMANDER, ended_at__isnull=True).exists()


def can_see(user: User | None, incident: Incident) -> bool:
    """The same answer as `visible_to`, for one incident at hand."""
    if user is not None and not user.is_active:
        return False
    return not incident.is_private or is_member(user, incident)


def is_heard_in_room(by: Actor, doing: Doing, incident: Incident) -> bool:
    """Whoever is in the channel that is the room is heard, whatever they may do elsewhere: no line is lost."""
    return doing is Doing.SPEAK and by.in_room is not None and by.in_room == incident.pk


def can(by: Actor, doing: Doing, incident: Incident) -> bool:
    """Tell whether the actor may do this kind of thing here."""
    if by.is_machine or is_heard_in_room(by, doing, incident):
        return True
    if by.user is None:
        return doing is Doing.READ and not incident.is_private
    if not can_see(by.user, incident):
        return False
    rights = rights_of(by.user)
    if doing in (Doing.READ, Doing.JOIN):
        return Right.READ in rights
    if Right.RESPOND in rights:
        return True
    if doing is Doing.SPEAK:
        return is_member(by.user, incident)
    return is_commander(by.user, incident)


def require(by: Actor, doing: Doing, incident: Incident) -> None:
    """Refuse what the actor may not do.

    :raises NotAllowed: naming who may.
    """
    if not can(by, doing, incident):
        raise NotAllowed(
            f"You can't {_VERBS.get(doing, 'see this')}. Allowed: {_WHO.get(doing, 'members')}.",
            hint="" if by.user else "Link your account first.",
        )
