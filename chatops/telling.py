"""Notices by a direct message in a connected chat."""

from chatops.paging import there
from chatops.port import Button, Card, Post
from chatops.replies import plain
from oncall.models import ContactMethod
from oncall.ports import Told


class ChatTeller:
    """Tells people of shifts by the chat accounts that they have linked."""

    kind = "chat"

    def tell(self, method: ContactMethod, told: Told, *, again: bool) -> str:
        chat, identity = there(method)
        text = "\n".join(plain(line) for line in told.lines)
        card = Card(title=told.title, text=text, buttons=[Button("Look", url=told.url)])
        post = Post(marker=told.marker, text=plain(told.title), card=card)
        return chat.tell(identity.outside_id, post, since=told.since if again else None)
