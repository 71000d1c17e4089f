"""Who speaks: people as another chat knows them, and who they are here."""

from collections.abc import Iterable
from dataclasses import dataclass

from accounts.actors import Actor
from accounts.models import Identity, User
from accounts.permissions import may_be_known_by_email
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
    return actors_for([(realm, author)], surface, trust_email=trust_email)[realm, author.id]


def actors_for(
    people: Iterable[tuple[str, Outsider]], surface: str, *, trust_email: bool = False
) -> dict[tuple[str, str], Actor]:
    """The same for several, each named by realm and author; returned by realm and the author's id."""
    found = {(realm, author.id): (realm, author) for realm, author in people}
    rows = identities_of(found.values())
    return {key: _actor(*found[key], rows[key], surface, trust_email) for key in found}


def _actor(realm: str, author: Outsider, identity: Identity, surface: str, trust_email: bool) -> Actor:
    user = person_of(identity)
    if user is None and trust_email and author.email:
        user = User.objects.filter(email__iexact=author.email, is_active=True).first()
        user = user if user is not None and may_be_known_by_email(user) else None
    if user is not None and not author.is_bot:
        return Actor.person(user, surface)
    return Actor.outsider(author.name or author.id, surface, f"{realm}:{author.id}", is_bot=author.is_bot)


def identity_of(realm: str, author: Outsider) -> Identity:
    """The row of a person of another chat, made where they are new here."""
    return identities_of([(realm, author)])[realm, author.id]


def identities_of(people: Iterable[tuple[str, Outsider]]) -> dict[tuple[str, str], Identity]:
    """The rows of several people, by realm and id; a look for each realm, however many they are."""
    wanted: dict[str, dict[str, Outsider]] = {}
    for realm, author in people:
        wanted.setdefault(realm, {})[author.id] = author
    found = {}
    for realm, authors in wanted.items():
        there = Identity.objects.select_related("user").filter(realm=realm, outside_id__in=authors)
        known = {identity.outside_id: identity for identity in there}
        for id_, author in authors.items():
            found[realm, id_] = identity = known.get(id_) or _met(realm, author)
            if identity.name != author.name[:120] and author.name:
                Identity.objects.filter(pk=identity.pk).update(name=author.name[:120], seen_at=clock.now())
    return found


def _met(realm: str, author: Outsider) -> Identity:
    identity, _ = Identity.objects.select_related("user").get_or_create(
        realm=realm,
        outside_id=author.id,
        defaults={"name": author.name[:120], "email": author.email[:254], "is_bot": author.is_bot},
    )
    return identity


def person_of(identity: Identity) -> User | None:
    """The account that somebody of another chat speaks for, if it is in use."""
    user = identity.user if identity.user_id else None
    if user is None or not user.is_active:
        return None
    # Known by an address, and their role grew since: now it takes the link that only they can open.
    by_email = identity.linked_how == Identity.BY_EMAIL
    return None if by_email and not may_be_known_by_email(user) else user
