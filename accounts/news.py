"""What accounts tells the rest of the house."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PersonLeft:
    """A person was deactivated. Incidents hand over their roles."""

    user_id: int


@dataclass(frozen=True)
class PersonCame:
    """A person has an account, for the first time or again. On call gives them what reaches them."""

    user_id: int


@dataclass(frozen=True)
class ChatAccountLinked:
    """A chat account is this person's now. On call can reach them there."""

    user_id: int


@dataclass(frozen=True)
class RightsChanged:
    """A person's role changed. Live connections look at their access again."""

    user_id: int
