"""People, teams and what they hold."""

from collections.abc import Sequence
from typing import Any

from accounts import operations
from accounts.actors import SYSTEM
from accounts.models import Identity, Role, Team, Token, User
from common import clock

PASSWORD = "correct horse battery"


def make_person(email: str, *, role: str = Role.RESPONDER, **fields: Any) -> User:
    """A person who can sign in with `PASSWORD`."""
    return User.objects.create_user(email, PASSWORD, role=role, **fields)


def make_team(name: str, *members: User) -> Team:
    """A team with these members."""
    team = Team.objects.create(name=name, slug=name.lower().replace(" ", "-"))
    team.members.set(members)
    return team


def make_token(
    user: User, *scopes: str, trusts_emails: bool = False, name: str = "test", days: int | None = None
) -> tuple[Token, str]:
    """A token and its secret; without scopes it may do everything the person may."""
    held: Sequence[str] = scopes or ("all",)
    return operations.make_token(user=user, name=name, scopes=held, by=SYSTEM, trusts_emails=trusts_emails, days=days)


def link_identity(user: User, realm: str, outside_id: str, name: str = "") -> Identity:
    """An account of another chat that is linked to the person."""
    return Identity.objects.create(
        realm=realm, outside_id=outside_id, name=name or user.name, user=user, linked_at=clock.now()
    )
