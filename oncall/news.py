"""What on call tells the rest of the house (told inside the transaction)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PageAsked:
    """A person is being paged. Listeners: live nudges, inboxes."""

    page_id: int


@dataclass(frozen=True)
class PageAcknowledged:
    """Somebody has it. Listeners: `incidents` (triage ends), live nudges."""

    subject_kind: str
    subject_id: int
    user_id: int
    surface: str


@dataclass(frozen=True)
class PageUnanswered:
    """Every level was asked, as often as the policy says, and nobody answered. Listeners: `incidents`, banners."""

    subject_kind: str
    subject_id: int


@dataclass(frozen=True)
class ShiftChanged:
    """Other people are on call on a schedule now. Listeners: groups of a chat that are kept equal to it."""

    schedule_id: int
    user_ids: tuple[int, ...]
