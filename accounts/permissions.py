"""What a role may do. One table, asked by every door through the operations."""

from enum import StrEnum

from accounts.actors import Actor
from accounts.models.user import Role, User
from common.errors import NotAllowed


class Right(StrEnum):
    """A thing that can be allowed. What concerns one incident is in `incidents.permissions`."""

    READ = "read"
    DECLARE = "declare"
    RESPOND = "respond"
    ADMINISTER = "administer"


_RIGHTS: dict[str, frozenset[Right]] = {
    Role.VIEWER: frozenset({Right.READ, Right.DECLARE}),
    Role.RESPONDER: frozenset({Right.READ, Right.DECLARE, Right.RESPOND}),
    Role.ADMIN: frozenset(Right),
}
#: somebody of another chat without an account: may read what is open and declare.
_OUTSIDER = frozenset({Right.READ, Right.DECLARE})

_WHO = {
    Right.RESPOND: "responders and administrators",
    Right.ADMINISTER: "administrators",
    Right.DECLARE: "everybody with an account",
    Right.READ: "everybody with an account",
}


def rights_of(user: User | None) -> frozenset[Right]:
    """Return the rights of a person (None: an unlinked person of another chat)."""
    if user is None:
        return _OUTSIDER
    return _RIGHTS.get(user.role, frozenset()) if user.is_active else frozenset()


def may_be_known_by_email(user: User) -> bool:
    """Tell whether a chat's word for an address may be enough to take somebody for this person.

    Never for who could do the most harm. Whoever approves what runs in production belongs here too.
    """
    return user.role != Role.ADMIN


def may(by: Actor, right: Right) -> bool:
    """Tell whether the actor has the right."""
    return by.is_machine or right in rights_of(by.user)


def require(by: Actor, right: Right, doing: str) -> None:
    """Refuse when the actor lacks the right.

    :raises NotAllowed: naming who may.
    """
    if may(by, right):
        return
    hint = "" if by.user else "Link your account first."
    raise NotAllowed(f"You can't {doing}. Allowed: {_WHO[right]}.", hint=hint)
