"""A browser that asks for notifications, or wants none any more."""

from accounts.actors import Actor
from common.cleaning import clean
from common.errors import Conflict, Invalid
from common.ids import digest
from common.operations import hold_name, operation
from common.outbound import check_url
from connections.models import Connection
from integrations.webpush.models import Subscription
from integrations.webpush.sealing import Keys, from_text, new_private, public_of, read_private, to_text
from oncall.models import ContactMethod
from oncall.operations import contacts
from oncall.operations.switching import switch_off

KIND = "push"
_MOST = 1_000


def connection_in_use() -> Connection | None:
    """The connection that holds our key pair, once somebody has asked for notifications."""
    return Connection.objects.present().filter(kind="webpush", is_on=True).order_by("pk").first()


@operation
def public_key() -> str:
    """Our public key, as a browser asks for it; the pair is made at the first time, and kept encrypted.

    :raises Conflict: an administrator has switched it off.
    """
    hold_name("webpush")
    row = Connection.objects.present().filter(kind="webpush").order_by("pk").first()
    if row is None:
        row = Connection(kind="webpush", name="Browser notifications")
        row.put_secrets({"private_key": new_private()})
        row.save()
    if not row.is_on:
        raise Conflict("Browser notifications are switched off here. An administrator can switch them on.")
    return to_text(public_of(read_private(str(row.secrets["private_key"]))))


@operation
def add_browser(*, endpoint: str, public: str, auth: str, name: str, by: Actor) -> ContactMethod:
    """Page a person by this browser too. It was theirs to ask for, so no code is needed.

    :raises Invalid: naming what is wrong. :raises Conflict: there are too many.
    """
    place = check_url(endpoint[:_MOST], field="endpoint")
    try:
        keys = Keys(from_text(public), from_text(auth))
    except ValueError:
        raise Invalid("These are no keys of a browser.", field="keys") from None
    called = clean(name, "name", most=80, one_line=True) or "A browser"
    address = digest(place)
    # One browser, one person: who used it before them is not paged there any more.
    others = ContactMethod.objects.filter(kind=KIND, address=address, removed_at__isnull=True)
    for each in others.exclude(user=by.user):
        switch_off(method=each, reason="Somebody else uses this browser now.")
    row = Subscription.objects.filter(address=address).first() or Subscription(address=address)
    row.name = called
    row.put(place, keys)
    row.save()
    return contacts.add_proven(kind=KIND, address=address, by=by)


@operation
def forget_browser(*, endpoint: str, by: Actor) -> None:
    """This browser wants none any more: the contact method goes.

    :raises NotFound: it is none of theirs. :raises Conflict: nothing else reaches who is on call.
    """
    address = digest(endpoint.strip()[:_MOST])
    contacts.remove_method(method=contacts.find_own(kind=KIND, address=address, by=by), by=by)


def gone(method: ContactMethod) -> None:
    """The push service does not know it any more: its person has taken the permission back, or the browser is gone."""
    switch_off(
        method=method,
        reason="This browser takes no notifications any more. Switch them on in it again, or remove it here.",
    )
