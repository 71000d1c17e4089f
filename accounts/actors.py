"""Who does something, from where. Every operation takes one as `by`."""

from dataclasses import dataclass, replace
from typing import Self

from accounts.models.user import User


@dataclass(frozen=True)
class Actor:
    """A person, an unlinked person of another chat, or a machine, and the surface they act from.

    `surface` is web, api, slack, bridge, palette, pagerduty, system ... `key` is stable for one actor, for
    colours and grouping. `in_room` is the incident in whose channel somebody without an account speaks.
    `is_machine` may do what its connection is for; nothing asks it for a role.
    """

    name: str
    surface: str
    user: User | None = None
    key: str = ""
    is_machine: bool = False
    is_bot: bool = False
    token_id: int | None = None
    session: str = ""
    in_room: int | None = None

    @classmethod
    def person(cls, user: User, surface: str, *, token_id: int | None = None, session: str = "") -> Self:
        """A person with an account."""
        return cls(
            name=user.name,
            surface=surface,
            user=user,
            key=f"user:{user.pk}",
            token_id=token_id,
            session=session,
        )

    @classmethod
    def outsider(cls, name: str, surface: str, key: str, *, is_bot: bool = False) -> Self:
        """Somebody of another chat who is not linked to an account."""
        return cls(name=name or "somebody", surface=surface, key=key, is_bot=is_bot)

    @classmethod
    def machine(cls, name: str, surface: str = "system") -> Self:
        """Warroom itself or a connected system."""
        return cls(name=name, surface=surface, key=f"machine:{name}", is_machine=True)

    def in_the_room_of(self, number: int) -> Self:
        """The same actor, heard in the channel of this incident."""
        return replace(self, in_room=number)

    def on(self, surface: str) -> Self:
        """The same actor on another surface."""
        return replace(self, surface=surface)


SYSTEM = Actor.machine("Warroom")
