"""Sending what a chat should show: draws each thing at the moment it is sent, access asked again."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from chatops import carrying, reacting, sharing
from chatops.buttons import answer_buttons
from chatops.drawing import announcement_post, card_post, event_post
from chatops.losing import lose_room
from chatops.models import Heard, Room
from chatops.naming import names_in
from chatops.port import Card, ChatPort, Post, chat_for
from common.errors import PartnerTrouble
from connections.lanes import Sent
from connections.models import Delivery, Lane
from connections.operations import in_trouble, out_of_trouble
from incidents.models import Incident, TimelineEvent

_LOST_PAUSE = 60.0


class ChatSender:
    """Shows cards, announcements and timeline lines in a chat's channel."""

    def companions(self, delivery: Delivery, *, look_first: bool) -> Sequence[Delivery]:
        return carrying.companions(delivery, look_first=look_first)

    def send(self, delivery: Delivery, companions: Sequence[Delivery], *, look_first: bool) -> Sent:
        lane = delivery.lane
        connection = lane.connection
        try:
            chat = chat_for(connection)
        except KeyError:
            raise PartnerTrouble("integration not installed", retry_after=300)
        try:
            sent = _show(chat, lane, delivery, companions, look_first=look_first)
        except PartnerTrouble as trouble:
            room = Room.objects.filter(lane=lane).first() if trouble.place_gone else None
            if room is not None and lose_room(room, trouble.message):
                # Nothing is given up: the lane is closed now, and waits.
                raise PartnerTrouble(trouble.message, retry_after=_LOST_PAUSE, code=trouble.code) from trouble
            if trouble.retry_after is None or trouble.needs_hands:
                in_trouble(connection, trouble.message)
            raise
        if connection.trouble:
            out_of_trouble(connection)
        return sent

    def pace(self, lane: Lane) -> timedelta:
        try:
            return chat_for(lane.connection).pace()
        except KeyError:
            return timedelta(seconds=1)


def _show(chat: ChatPort, lane: Lane, delivery: Delivery, companions: Sequence[Delivery], *, look_first: bool) -> Sent:
    if delivery.thing_kind == reacting.THING:
        return reacting.show_reactions(chat, lane, delivery)
    if delivery.thing_kind == sharing.THING:
        return sharing.share_file(chat, lane, delivery, look_first=look_first)
    post = _draw(lane, delivery)
    ref = delivery.outside_ref
    if ref and delivery.thing_kind == "event" and not _is_ours(delivery):
        _say_in_thread(chat, lane, delivery, post)
        return Sent(ref=ref)
    is_shown = post is not None
    shared = companions or _sharers(lane, delivery)
    if shared:
        post = _draw_together(delivery, shared)
    if not ref and look_first:
        ref = chat.find_post(
            lane.address, delivery.marker, delivery.created_at, post.thread_ref if post is not None else ""
        )
    if post is None:
        if ref:
            chat.delete(lane.address, ref)
        return Sent(ref="")
    if ref:
        chat.edit(lane.address, ref, post)
        return Sent(ref=ref if is_shown or companions else "")
    return Sent(ref=chat.post(lane.address, post))


def _sharers(lane: Lane, delivery: Delivery) -> Sequence[Delivery]:
    """The others that stand in the same post, because they were carried over together."""
    if delivery.thing_kind != "event" or not delivery.outside_ref:
        return []
    same = Delivery.objects.filter(lane=lane, thing_kind="event", outside_ref=delivery.outside_ref)
    return list(same.exclude(pk=delivery.pk))


def _draw_together(delivery: Delivery, others: Sequence[Delivery]) -> Post | None:
    """The post that they share, with what is still to be shown; None when that is nothing."""
    wanted = TimelineEvent.objects.select_related("incident").prefetch_related("attachments")
    ids = [one.thing_id for one in [delivery, *others]]
    events = list(wanted.filter(pk__in=ids, deleted_at__isnull=True).order_by("sequence"))
    return carrying.carried_post(delivery.marker, events) if events else None


def _is_ours(delivery: Delivery) -> bool:
    """Tell whether we posted it. A line born in this chat can't be edited there by us."""
    event = TimelineEvent.objects.filter(pk=delivery.thing_id).only("outside_id", "surface").first()
    return event is None or event.surface != delivery.lane.connection.kind or not event.outside_id


def _say_in_thread(chat: ChatPort, lane: Lane, delivery: Delivery, post: Post | None) -> None:
    """Say a web edit or deletion of somebody's chat line in its thread."""
    marker = f"{delivery.marker}:v{delivery.wanted}"
    text = "🗑 Taken back in the web room." if post is None else f"✎ Edited in the web room: {post.text}"
    if not chat.find_post(lane.address, marker, delivery.created_at, delivery.outside_ref):
        chat.post(lane.address, Post(marker=marker, text=text, thread_ref=delivery.outside_ref))


def _draw(lane: Lane, delivery: Delivery) -> Post | None:
    """Return the post, or None when the place must not (or no longer) show it."""
    if delivery.thing_kind == "event":
        event = (
            TimelineEvent.objects.select_related("incident", "thread")
            .prefetch_related("attachments")
            .filter(pk=delivery.thing_id)
            .first()
        )
        if event is None or event.deleted_at is not None:
            return None
        return replace(event_post(event, _thread_ref(lane, event)), names=names_in(event, lane.connection))
    if delivery.thing_kind == "news":
        return _news(lane, delivery)
    incident = Incident.objects.filter(pk=delivery.thing_id).first()
    if incident is None:
        return None
    if delivery.thing_kind == "announcement":
        return None if incident.is_private else announcement_post(incident)
    return card_post(incident)


def _news(lane: Lane, delivery: Delivery) -> Post | None:
    """An update in the thread of the announcement; without an announcement there is nothing to answer."""
    rows = TimelineEvent.objects.select_related("incident").prefetch_related("attachments")
    said = rows.filter(pk=delivery.thing_id, deleted_at__isnull=True, incident__is_private=False).first()
    above = Delivery.objects.filter(lane=lane, thing_kind="announcement", thing_id=said.incident_id) if said else None
    ref = above.values_list("outside_ref", flat=True).first() if above is not None else ""
    return replace(event_post(said), marker=delivery.marker, thread_ref=ref) if said and ref else None


def _thread_ref(lane: Lane, event: TimelineEvent) -> str:
    if event.thread_id is None:
        return ""
    return (
        Delivery.objects.filter(lane=lane, thing_kind="event", thing_id=event.thread_id)
        .values_list("outside_ref", flat=True)
        .first()
        or ""
    )


def answer_card(answer: Mapping[str, Any]) -> Card | None:
    """A stored answer with its buttons; None when words are enough."""
    buttons = answer_buttons(answer)
    return Card(title="", text=str(answer.get("text", "")), buttons=buttons) if buttons else None


class AnswerSender:
    """Answers a command at its reply address. The address dies after half an hour: then it is given up."""

    def companions(self, delivery: Delivery, *, look_first: bool) -> Sequence[Delivery]:
        return []

    def send(self, delivery: Delivery, companions: Sequence[Delivery], *, look_first: bool) -> Sent:
        heard = Heard.objects.filter(pk=delivery.thing_id).first()
        if heard is None:
            return Sent()
        chat = chat_for(delivery.lane.connection)
        chat.answer(
            delivery.lane.address,
            str(heard.answer.get("text", "")),
            to_everyone=heard.answer.get("visibility") == "room",
            card=answer_card(heard.answer),
        )
        return Sent(ref=f"answer:{heard.pk}")

    def pace(self, lane: Lane) -> timedelta:
        return timedelta()
