"""What the rooms are told when somebody says that a chat is down, and when it is back."""

from accounts.actors import Actor
from chatops.models import Room, RoomStep
from common import clock, doorbell
from common.news import listens
from connections.news import ConnectionPaused, ConnectionResumed
from incidents.models import Incident
from incidents.models.incident import OPEN
from incidents.rules import texts
from incidents.timeline.record import record_event


@listens(ConnectionPaused)
def tell_rooms_of_the_pause(news: ConnectionPaused) -> None:
    """Every open room with a channel there hears that it goes on here."""
    _tell(news.connection_id, news.by, f"{news.name} is paused: it is down. The room goes on here, lines wait.")


@listens(ConnectionResumed)
def tell_rooms_of_the_return(news: ConnectionResumed) -> None:
    """The rooms hear that what waits goes over, and steps that waited are due."""
    RoomStep.objects.filter(
        room__connection_id=news.connection_id, state=RoomStep.WAITING, due_at__gt=clock.now()
    ).update(due_at=clock.now())
    doorbell.ring_after_commit(RoomStep)
    _tell(news.connection_id, news.by, f"{news.name} is back: what waited goes over now, once and in order.")


def _tell(connection_id: int, by: Actor, text: str) -> None:
    numbers = Room.objects.filter(connection_id=connection_id, is_current=True, incident__status__in=OPEN).values_list(
        "incident_id", flat=True
    )
    # Several roots: in number order.
    for incident in Incident.objects.select_for_update(no_key=True).filter(pk__in=list(numbers)).order_by("pk"):
        record_event(incident, "room.step", by=by, data={"text": texts.mild(text)})
