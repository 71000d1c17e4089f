"""Whose a request is that could not be read or done: told by the channel that it names, in whatever shape."""

import re
from urllib.parse import unquote_plus

from chatops.models import Room
from connections.models import Received
from connections.secrets import LostKey

_CHANNEL = re.compile(r"(?<![A-Za-z0-9])[CGD][A-Z0-9]{2,39}(?![A-Za-z0-9])")
#: a request that names more than this is no ordinary one
_MOST = 500


def belongs_to(received: Received) -> tuple[int | None, bool]:
    """The incident whose channel is named in it, and whether that is private; of several a private one.

    Nothing is parsed: what could not be read names its channel all the same.
    """
    try:
        body = received.body
    except LostKey:
        # Nothing of it can be told to anybody before the key is back.
        return None, False
    text = unquote_plus(body.decode("utf-8", "replace"))
    named = list(dict.fromkeys(_CHANNEL.findall(text)))[:_MOST]
    rooms = Room.objects.filter(connection__kind=received.connection.kind, outside_id__in=named)
    row = rooms.order_by("-incident__is_private", "pk").values_list("incident_id", "incident__is_private").first()
    return row or (None, False)
