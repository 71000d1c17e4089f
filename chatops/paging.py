"""Paging by a direct message in a connected chat: a card with buttons, which says who has it once somebody answered."""

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings

from accounts.models import Identity, User
from chatops.port import Button, Card, ChatPort, Post, chat_for, chat_kinds
from chatops.registry import shown
from chatops.replies import plain
from chatops.speakers import person_of
from common.errors import Invalid, PartnerTrouble
from connections.models import Attempt, Connection, Delivery
from oncall.models import ContactMethod, Page
from oncall.outcome import outcome_of
from oncall.ports import Facts, Handed, subject_of
from oncall.saying import Said, said_of


class ChatPager:
    """Reaches people by the chat accounts that they have linked. An address is the number of the linked account."""

    kind = "chat"
    label = "Chat message"
    takes_addresses = False
    usual_minutes = 0

    def connection_of(self, address: str) -> Connection | None:
        identity = _identity(address)
        return _connections().get(identity.realm) if identity else None

    def own_addresses(self, user: User) -> Sequence[str]:
        rows = Identity.objects.select_related("user").filter(user=user, is_bot=False).order_by("pk")
        return [str(row.pk) for row in rows if person_of(row) is not None]

    def shown(self, address: str) -> str:
        identity = _identity(address)
        if identity is None:
            return "a chat account that is gone"
        connection = _connections().get(identity.realm)
        return f"{identity.name or identity.outside_id} in {connection.name if connection else identity.realm}"

    def check(self, address: str) -> str:
        raise Invalid("Link your account in the chat: type a command there and follow the link.", field="address")

    def send_page(self, method: ContactMethod, page: Page, facts: Facts, *, again: bool) -> Handed:
        chat, identity = there(method)
        post = _post(method, page, said_of(facts), _buttons(page, facts))
        return Handed(ref=chat.tell(identity.outside_id, post, since=page.created_at if again else None))

    def find(self, method: ContactMethod, page: Page) -> str:
        chat, identity = there(method)
        delivery = Delivery.objects.filter(lane_id=method.lane_id, thing_kind="page", thing_id=page.pk).first()
        versions = Attempt.objects.filter(delivery=delivery, ok__isnull=True).order_by("-version")
        for version in dict.fromkeys(versions.values_list("version", flat=True)):
            if found := chat.find_told(identity.outside_id, _marker(page, version), page.created_at):
                return found
        return ""

    def withdraw(self, method: ContactMethod, page: Page, ref: str) -> bool:
        """The message stays and says what became of it; its buttons go."""
        chat, identity = there(method)
        facts = subject_of(page.subject_kind).facts(page.subject_id, page.user)
        said = said_of(facts)
        over = Said(headline=said.headline, lines=(outcome_of(page, facts),), room=said.room)
        chat.retell(identity.outside_id, ref, _post(method, page, over, [Button("Open room", url=said.room)]))
        return True

    def send_code(self, method: ContactMethod, code: str) -> None:
        raise PartnerTrouble("A linked chat account needs no code.", permanent=True)

    def send_test(self, method: ContactMethod) -> None:
        chat, identity = there(method)
        card = Card(
            title="Test: pages reach you here",
            text="You asked for this. Nothing is broken, and nobody waits for an answer.",
            buttons=[Button("How you are reached", url=f"{settings.BASE_URL}/me/notifications")],
        )
        chat.tell(identity.outside_id, Post(marker=f"test:{method.pk}", text=card.title, card=card))

    def pace(self) -> timedelta:
        return timedelta(seconds=1)


def _connections() -> dict[str, Connection]:
    """The chats that are set up, by the realm of their people."""
    rows = Connection.objects.present().filter(kind__in=chat_kinds(), is_on=True).order_by("-pk")
    return {str(row.settings.get("realm", row.kind)): row for row in rows}


def _identity(address: str) -> Identity | None:
    if not (address.isascii() and address.isdecimal() and len(address) < 19):
        return None
    return Identity.objects.select_related("user").filter(pk=int(address)).first()


def there(method: ContactMethod) -> tuple[ChatPort, Identity]:
    """The chat and the account in it, if it is still theirs.

    :raises PartnerTrouble: it was unlinked, or its chat is gone.
    """
    identity = _identity(method.address)
    user = person_of(identity) if identity else None
    if identity is None or user is None or user.pk != method.user_id:
        raise PartnerTrouble("This chat account is not linked to them any more.", permanent=True)
    connection = _connections().get(identity.realm)
    if connection is None:
        raise PartnerTrouble("The chat of this account is not connected any more.", permanent=True)
    return chat_for(connection), identity


def _post(method: ContactMethod, page: Page, said: Said, buttons: Sequence[Button]) -> Post:
    """What stands on a lock screen is the text alone: the headline."""
    delivery = Delivery.objects.filter(lane_id=method.lane_id, thing_kind="page", thing_id=page.pk).first()
    card = Card(title=said.headline, text="\n".join(plain(line) for line in said.lines), buttons=buttons)
    marker = _marker(page, delivery.wanted if delivery else 1)
    return Post(marker=marker, text=plain(said.headline), card=card)


def _marker(page: Page, version: int) -> str:
    return f"page:{page.pk}:{version}"


def _buttons(page: Page, facts: Facts) -> list[Button]:
    home = f"/{shown('oncall')}"
    if facts.more:
        return [
            Button(f"Got all {facts.more + 1}", command=f"{home} ack all", style="primary"),
            Button("Open the list", url=facts.url),
        ]
    buttons = [Button("Got it", command=f"{home} ack {page.pk}", style="primary")]
    if page.snoozed_at is None:
        buttons.append(Button("5 more minutes", command=f"{home} snooze {page.pk} 5m"))
    buttons.append(Button("Pass on", command=f"{home} pass {page.pk}"))
    return [*buttons, Button("Open room", url=said_of(facts).room)]
