"""What the pins and reactions of a line come to, read from the log."""

from incidents.models import TimelineEvent
from incidents.rules import folding
from incidents.rules.folding import PIN, Mark
from incidents.rules.reactions import Meaning, meaning_of

_REACTIONS = {"reaction.added": True, "reaction.removed": False}
_PINS = {"pinned": True, "unpinned": False}


def is_latest(change: TimelineEvent) -> bool:
    """Tell whether no later change of the same reaction by the same person is known."""
    same = TimelineEvent.objects.filter(
        target_id=change.target_id, kind__in=_REACTIONS, actor_key=change.actor_key, data__emoji=change.data["emoji"]
    )
    return folding.wins(_mark(change), map(_mark, same))


def is_pinned(target: TimelineEvent) -> bool:
    """Tell whether the line belongs to the story by now."""
    changes = target.changes.filter(kind__in=[*_PINS, *_REACTIONS])
    return folding.is_pinned(_mark(change) for change in changes if _counts(change))


def _counts(change: TimelineEvent) -> bool:
    """A pin that only followed a 📌 says nothing of its own."""
    return (
        meaning_of(str(change.data.get("emoji", ""))) is Meaning.PIN
        if change.kind in _REACTIONS
        else change.data.get("by") != PIN
    )


def _mark(change: TimelineEvent) -> Mark:
    emoji = str(change.data.get("emoji", ""))
    on = (_REACTIONS | _PINS)[change.kind]
    return Mark(change.occurred_at, change.sequence, change.actor_key, on, emoji)
