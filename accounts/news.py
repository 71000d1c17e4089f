"""What accounts tells the rest of the house."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PersonLeft:
    """A person was deactivated. Incidents hand over their roles."""

    user_id: int


@dataclass(frozen=True)
class RightsChanged:
    """A person's role changed. Live connections look at their access again."""

    user_id: int
