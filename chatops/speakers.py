"""Who speaks: people as another chat knows them, and who they are here."""

from dataclasses import dataclass

from accounts.actors import Actor
from accounts.models import Identity, Role, User
from common import clock


@dataclass(frozen=True)
class Outsider:
    """A person as the other chat knows them. Name and e-mail are shown, never trusted."""

    id: str
    name: str
    email: str = ""
    is_bot: bool = False
    is_guest: bool = False


def actor_for(realm: str, author: Outsider, surface: str, *, trust_email: bool = False) -> Actor:
    """Return who that is here: the linked account, or an outsider without one.

    `trust_email`: the bridge may vouch for addresses; never for an administrator's.
    """
    identity, _ = Identity.objects.get_or_create(
        realm=realm,
        outside_id=author.id,
        defaults={"name": author.name[:120], "email": author.email[:254], "is_bot": author.is_bot},
    )
    if identity.name != author.name[:120] and author.name:
        Identity.objects.filter(pk=identity.pk).update(name=author.name[:120], seen_at=clock.now())
    user = identity.user if identity.user_id else None
    if user is None and trust_email and author.email:
        user = User.objects.filter(email__iexact=author.email, is_active=True).exclude(role=Role.ADMIN).first()
    if user is not None and user.is_active and not author.is_bot:
        return Actor.person(user, surface)
    return Actor.outsider(author.name or author.id, surface, f"{realm}:{author.id}", is_bot=author.is_bot)
