"""Sending what is for one person: whispers, and the home of our app."""

from collections.abc import Sequence
from datetime import timedelta

from chatops import whispering
from chatops.homes import show_home
from chatops.models import Home, Room, Whisper
from chatops.port import chat_for
from connections.lanes import Sent
from connections.models import Delivery, Lane

#: a home is drawn no more often than this, however much happens
_HOME_PACE = timedelta(seconds=10)
#: whispers that are seen in the room's channel; the others are direct messages
_IN_THE_ROOM = {Whisper.WELCOME, Whisper.DRAFT}


class WhisperSender:
    """Says something to one person."""

    def companions(self, delivery: Delivery, *, look_first: bool) -> Sequence[Delivery]:
        return []

    def send(self, delivery: Delivery, companions: Sequence[Delivery], *, look_first: bool) -> Sent:
        rows = Whisper.objects.select_related("connection", "incident", "identity__user", "event__incident")
        row = rows.filter(pk=delivery.thing_id).first()
        post = whispering.draw(row) if row is not None else None
        if row is None or post is None:
            return Sent()
        chat, person = chat_for(row.connection), delivery.lane.address
        if row.kind not in _IN_THE_ROOM:
            return Sent(chat.tell(person, post, since=delivery.created_at if look_first else None))
        room = Room.objects.filter(connection=row.connection, incident=row.incident, is_current=True).first()
        if room is not None and room.outside_id:
            chat.whisper(room.outside_id, person, post)
        return Sent()

    def pace(self, lane: Lane) -> timedelta:
        return timedelta(seconds=1)


class HomeSender:
    """Draws the home of our app for one person."""

    def companions(self, delivery: Delivery, *, look_first: bool) -> Sequence[Delivery]:
        return []

    def send(self, delivery: Delivery, companions: Sequence[Delivery], *, look_first: bool) -> Sent:
        home = Home.objects.select_related("identity__user", "lane").filter(lane=delivery.lane).first()
        if home is not None:
            show_home(chat_for(delivery.lane.connection), home)
        return Sent(delivery.lane.address)

    def pace(self, lane: Lane) -> timedelta:
        return _HOME_PACE
