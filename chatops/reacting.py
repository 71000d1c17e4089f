"""Reactions of the web room in another chat: a bot can give each emoji once, so one stands for all."""

from chatops.port import ChatPort
from connections.lanes import Sent
from connections.models import Delivery, Lane
from incidents.models import ActionItem, TimelineEvent
from incidents.rules.reactions import Meaning, meaning_of

THING = "reactions"
#: what the bot answers with when a reaction did something
WRITTEN = "✍️"
_DOES = {Meaning.PIN, Meaning.TASK, Meaning.FOLLOW_UP}
_MOST, _LONGEST_REF = 20, 190


def show_reactions(chat: ChatPort, lane: Lane, delivery: Delivery) -> Sent:
    """Make our reactions under the message those that people gave elsewhere.

    The delivery remembers in its `ref` which of them are shown; each call is repeatable.
    """
    shown = delivery.outside_ref.split()
    event = TimelineEvent.objects.filter(pk=delivery.thing_id).first()
    post = Delivery.objects.filter(lane=lane, thing_kind="event", thing_id=delivery.thing_id).exclude(outside_ref="")
    ref = post.values_list("outside_ref", flat=True).first() or ""
    if event is None or event.deleted_at is not None or not ref:
        return Sent(ref="")
    # A post that several lines share can't say whose reaction it is.
    alone = (
        not Delivery.objects.filter(lane=lane, thing_kind="event", outside_ref=ref).exclude(thing_id=event.pk).exists()
    )
    wanted = _fitting([*_sign(event, lane.connection.kind), *_given_elsewhere(event, lane.connection.kind)])
    wanted = wanted if alone else []
    for emoji in wanted:
        if emoji not in shown:
            chat.react(lane.address, ref, emoji, on=True)
    for emoji in shown:
        if emoji not in wanted:
            chat.react(lane.address, ref, emoji, on=False)
    return Sent(ref=" ".join(wanted))


def is_answered(change: TimelineEvent) -> bool:
    """Tell whether this change is a reaction that does something, so that the chat it came from gets a sign."""
    return meaning_of(str(change.data.get("emoji", ""))) in _DOES


def _sign(event: TimelineEvent, surface: str) -> list[str]:
    """✍️ under a line of which a reaction in this chat has made something."""
    made = set()
    if event.pinned_at:
        made.add(Meaning.PIN)
    kinds = ActionItem.objects.filter(origin=event).values_list("kind", flat=True)
    made |= {Meaning.TASK if kind == ActionItem.TASK else Meaning.FOLLOW_UP for kind in kinds}
    changes = event.changes.filter(kind="reaction.added", surface=surface)
    asked = {meaning_of(str(change.data.get("emoji", ""))) for change in changes}
    return [WRITTEN] if made & asked else []


def _given_elsewhere(event: TimelineEvent, surface: str) -> list[str]:
    """The emojis that somebody gave elsewhere and has not taken away."""
    last: dict[tuple[str, str], str] = {}
    for change in event.changes.filter(kind="reaction.added").order_by("occurred_at", "sequence"):
        last[str(change.data.get("emoji")), change.actor_key] = change.surface
    return [
        emoji
        for emoji, people in event.reactions.items()
        if any(last.get((emoji, entry.split("|", 1)[0]), surface) != surface for entry in people)
    ]


def _fitting(emojis: list[str]) -> list[str]:
    """As many as can be remembered."""
    kept: list[str] = []
    for emoji in emojis[:_MOST]:
        if not emoji.isspace() and len(" ".join([*kept, emoji])) <= _LONGEST_REF:
            kept.append("".join(emoji.split()))
    return kept
