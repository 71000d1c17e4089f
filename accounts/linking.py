"""Linking an account of another chat to a person, by a signed link that the person opens while signed in."""

from django.conf import settings
from django.core import signing

from accounts import audit
from accounts.actors import Actor
from accounts.models import Identity
from common import clock
from common.errors import Conflict, Invalid
from common.operations import operation

#: where somebody without a link finds out how
LINK_HINT = f"Link your chat account: {settings.BASE_URL}/me"
_SALT = "warroom.link"
_MINUTES = 10


def link_url(realm: str, outside_id: str) -> str:
    """Return an address, good for ten minutes, that links this chat account to whoever opens it and agrees."""
    token = signing.dumps([realm, outside_id], salt=_SALT)
    return f"{settings.BASE_URL}/me/link/{token}"


def read_link(token: str) -> Identity:
    """Return the chat account that a link is about.

    :raises Invalid: forged, older than ten minutes, or about an account that is gone.
    """
    try:
        realm, outside_id = signing.loads(token, salt=_SALT, max_age=_MINUTES * 60)
    except (signing.BadSignature, ValueError, TypeError):
        raise Invalid(
            "This link is over or was changed. Type the command in your chat again for a new one.", field="token"
        )
    identity = Identity.objects.select_related("user").filter(realm=realm, outside_id=outside_id).first()
    if identity is None:
        raise Invalid("That chat account is not known here any more.", field="token")
    return identity


@operation
def link_chat_account(*, token: str, by: Actor) -> Identity:
    """Link the account of the link to the person who agrees.

    :raises Invalid: as `read_link`. :raises Conflict: it is linked to somebody else, or is a bot.
    """
    identity = read_link(token)
    if by.user is None:
        raise Invalid("Sign in first.", field="token")
    if identity.is_bot:
        raise Conflict("A bot can't be linked to a person.")
    if identity.user_id not in (None, by.user.pk):
        raise Conflict("That chat account is linked to somebody else. An administrator can change that.")
    if identity.user_id is None:
        identity.user = by.user
        identity.linked_at = clock.now()
        identity.save(update_fields=["user", "linked_at"])
        audit.record(
            by, "identity.linked", "identity", identity.pk, after={"user": by.user.pk, "realm": identity.realm}
        )
    return identity


@operation
def unlink_chat_account(*, identity: Identity, by: Actor) -> None:
    """Forget that a chat account is this person."""
    if by.user is None or (identity.user_id != by.user.pk and not by.user.is_admin):
        raise Conflict("That is not your account.")
    if identity.user_id is not None:
        audit.record(by, "identity.unlinked", "identity", identity.pk, before={"user": identity.user_id})
        identity.user, identity.linked_at = None, None
        identity.save(update_fields=["user", "linked_at"])
