"""The arguments a command function gets: read, looked up, and typed."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from accounts.models import User
from chatops.grammar.times import When
from chatops.groups import Group
from incidents.models import Incident
from oncall.rules.escalation import Target


class Args:
    """Values by name. An argument that was not given is "", None, False or empty."""

    def __init__(
        self, values: Mapping[str, object], *, incident: Incident | None = None, number: int | None = None
    ) -> None:
        self._values = values
        self._incident = incident
        self._number = number

    @property
    def incident(self) -> Incident:
        """The incident it is about; the router has checked that the actor sees it."""
        if self._incident is None:
            raise TypeError("this command names no incident")
        return self._incident

    @property
    def incident_or_none(self) -> Incident | None:
        """The incident, for commands that also work without one."""
        return self._incident

    @property
    def incident_number(self) -> int:
        """Its number, for commands that find it themselves."""
        if self._number is None:
            raise TypeError("this command names no incident")
        return self._number

    def has(self, name: str) -> bool:
        """True when it was typed."""
        return name in self._values

    def text(self, name: str) -> str:
        """A word or free text."""
        value = self._values.get(name)
        return value if isinstance(value, str) else ""

    def text_or_none(self, name: str) -> str | None:
        """Free text, None when it was not typed ("" was)."""
        value = self._values.get(name)
        return value if isinstance(value, str) else None

    def number(self, name: str) -> int:
        """A number or a severity."""
        value = self._values.get(name)
        if not isinstance(value, int):
            raise TypeError(f"{name} is no number")
        return value

    def number_or_none(self, name: str) -> int | None:
        value = self._values.get(name)
        return value if isinstance(value, int) else None

    def switch(self, name: str) -> bool:
        """A flag without a value."""
        return self._values.get(name) is True

    def many(self, name: str) -> Sequence[str]:
        """A flag that may be given several times."""
        value = self._values.get(name)
        return [str(item) for item in value] if isinstance(value, list) else []

    def length(self, name: str) -> timedelta | None:
        """A duration."""
        value = self._values.get(name)
        return value if isinstance(value, timedelta) else None

    def at(self, name: str) -> datetime | None:
        """A moment (UTC)."""
        value = self._values.get(name)
        return value.at if isinstance(value, When) else None

    def moment(self, name: str) -> datetime:
        """A moment (UTC) that must have been given."""
        value = self.at(name)
        if value is None:
            raise TypeError(f"{name} is no time")
        return value

    def how_read(self, name: str) -> str:
        """How a time was read, as a sentence."""
        value = self._values.get(name)
        return value.note if isinstance(value, When) else ""

    def user(self, name: str) -> User | None:
        """A person."""
        value = self._values.get(name)
        return value if isinstance(value, User) else None

    def person(self, name: str) -> User:
        """A person who must have been named."""
        value = self.user(name)
        if value is None:
            raise TypeError(f"{name} is nobody")
        return value

    def people(self, name: str) -> Group:
        """Those who must have been named: one person, or the people of a group."""
        value = self._values.get(name)
        if not isinstance(value, Group):
            raise TypeError(f"{name} is nobody")
        return value

    def targets(self, name: str) -> Sequence[Target]:
        """Who is paged: who must have been named."""
        value = self._values.get(name)
        if not isinstance(value, list) or not all(isinstance(one, Target) for one in value):
            raise TypeError(f"{name} is nobody")
        return value

    def other(self, name: str) -> Incident | None:
        """Another incident, visible to the actor."""
        value = self._values.get(name)
        return value if isinstance(value, Incident) else None
