"""Linking an account of another chat to a person, by a signed link that the person opens while signed in."""

from django.conf import settings
from django.core import signing

from accounts import audit
from accounts.actors import SYSTEM, Actor
from accounts.models import Identity, User
from accounts.news import ChatAccountLinked
from accounts.permissions import may_be_known_by_email
from common import clock
from common.errors import Conflict, Invalid
from common.news import tell
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
        identity.user, identity.linked_how = by.user, Identity.BY_HAND
        identity.linked_at, identity.unlinked_at = clock.now(), None
        identity.save(update_fields=["user", "linked_how", "linked_at", "unlinked_at"])
        audit.record(
            by, "identity.linked", "identity", identity.pk, after={"user": by.user.pk, "realm": identity.realm}
        )
        tell(ChatAccountLinked(user_id=by.user.pk))
    return identity


@operation
def link_by_email(*, realm: str, outside_id: str, name: str, email: str) -> Identity | None:
    """Link a chat account to the one active person with this address, or to nobody.

    For a chat whose addresses an administrator trusts; the caller has seen to it that the account is a full
    member's, and that the chat has confirmed the address. Never somebody whom an address must not be enough
    for, and never where a link was undone by hand.
    """
    identity, _ = Identity.objects.select_for_update(no_key=True).get_or_create(
        realm=realm, outside_id=outside_id, defaults={"name": name[:120], "email": email[:254]}
    )
    if identity.user_id is not None or identity.is_bot or identity.unlinked_at is not None:
        return None
    people = list(User.objects.filter(email__iexact=email, is_active=True)[:2]) if email else []
    if len(people) != 1 or not may_be_known_by_email(people[0]):
        return None
    identity.user, identity.email, identity.linked_how = people[0], email[:254], Identity.BY_EMAIL
    identity.linked_at = clock.now()
    identity.save(update_fields=["user", "email", "linked_how", "linked_at"])
    audit.record(
        SYSTEM,
        "identity.linked_by_email",
        "identity",
        identity.pk,
        after={"user": people[0].pk, "realm": realm},
    )
    tell(ChatAccountLinked(user_id=people[0].pk))
    return identity


@operation
def unlink_chat_account(*, identity: Identity, by: Actor) -> None:
    """Forget that a chat account is this person."""
    if by.user is None or (identity.user_id != by.user.pk and not by.user.is_admin):
        raise Conflict("That is not your account.")
    if identity.user_id is not None:
        audit.record(by, "identity.unlinked", "identity", identity.pk, before={"user": identity.user_id})
        identity.user, identity.linked_at, identity.linked_how = None, None, ""
        identity.unlinked_at = clock.now()
        identity.save(update_fields=["user", "linked_at", "linked_how", "unlinked_at"])
