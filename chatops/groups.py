"""Names that stand for several people: teams of ours, and user groups of connected chats."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db.models import Q

from accounts.models import Team, User


@dataclass(frozen=True)
class Group:
    """Several people by one name. `strangers`: how many of it have no account here."""

    name: str
    people: Sequence[User]
    strangers: int = 0


#: gives the user group of a chat by its handle, as far as the chat has told us
Finder = Callable[[str], Group | None]
_finders: dict[str, Finder] = {}


def register_groups(kind: str, finder: Finder) -> None:
    """Say how a kind of connection finds its user groups."""
    _finders[kind] = finder


def find_group(name: str) -> Group | None:
    """The team, else the user group, that is called so; only people who are in use."""
    team = Team.objects.filter(Q(slug__iexact=name) | Q(name__iexact=name)).first()
    if team is not None:
        return Group(team.slug, list(team.members.filter(is_active=True).order_by("name", "id")))
    found = (finder(name) for finder in _finders.values())
    return next((group for group in found if group is not None), None)
