"""Files of the web room in another chat: each is handed over once, into the thread of its line."""

from chatops.port import ChatPort, FileToShare
from connections.lanes import Sent
from connections.models import Delivery, Lane
from incidents.files import content_of
from incidents.models import Attachment

THING = "file"


def share_file(chat: ChatPort, lane: Lane, delivery: Delivery, *, look_first: bool) -> Sent:
    """Hand the file over, unless its line is gone or was never shown there.

    :raises NotFound, Unavailable: the store does not give the bytes; it is tried again.
    """
    file = Attachment.objects.select_related("event").filter(pk=delivery.thing_id).first()
    if delivery.outside_ref or file is None or file.event is None or file.event.deleted_at is not None:
        return Sent(ref=delivery.outside_ref)
    line, start = file.event.pk, file.event.thread_id or 0
    shown = Delivery.objects.filter(lane=lane, thing_kind="event", thing_id__in=[line, start])
    refs = dict(shown.exclude(outside_ref="").values_list("thing_id", "outside_ref"))
    # In a thread, files follow the thread's first post.
    thread = refs.get(start) or refs.get(line)
    if not thread:
        return Sent(ref="")
    chat.share_file(lane.address, thread, FileToShare(file.name, file.alt, content_of(file)), look_first=look_first)
    return Sent(ref=f"file:{file.pk}")
