"""Writes on people and their tokens; each is audited."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.text import slugify

from accounts import audit
from accounts.actors import Actor
from accounts.models import Identity, Role, Team, Token, User
from accounts.news import PersonCame, PersonLeft, RightsChanged
from accounts.permissions import Right, require
from common import clock
from common.errors import Conflict, Invalid, NotAllowed
from common.ids import digest, new_secret
from common.news import tell
from common.operations import operation


@operation
def invite_person(*, email: str, by: Actor, role: str = Role.RESPONDER, name: str = "") -> str:
    """Make a person without a password (or take the existing one) and return a one-time link to set it.

    The link works until it is used, the password changes, or three days have passed.
    """
    if not by.is_machine:
        require(by, Right.ADMINISTER, "invite people")
    if role not in Role.values:
        raise Invalid("role is viewer, responder or admin.", field="role")
    email = email.strip().lower()
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        fields = {"name": name.strip()} if name.strip() else {}
        user = User.objects.create_user(email, None, role=role, **fields)
        audit.record(by, "person.invited", "user", user.pk, after={"email": email, "role": role})
        tell(PersonCame(user_id=user.pk))
    return password_link(user)


@operation
def hand_out_link(*, user: User, by: Actor) -> str:
    """An administrator's one-time link for somebody who can't sign in; who asked for it is kept.

    :raises Invalid: the person has left.
    """
    require(by, Right.ADMINISTER, "make one-time links")
    if not user.is_active:
        raise Invalid(f"{user.name} has left.", field="user")
    audit.record(by, "person.link", "user", user.pk)
    return password_link(user)


def password_link(user: User) -> str:
    """A one-time link that lets the person set a password."""
    from allauth.account.forms import default_token_generator
    from allauth.account.utils import user_pk_to_url_str

    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    return f"{settings.BASE_URL}/accounts/password/reset/key/{key}/"


@operation
def set_role(*, user: User, role: str, by: Actor) -> User:
    """Change what a person may do everywhere.

    :raises Invalid: the last administrator would be gone.
    """
    require(by, Right.ADMINISTER, "change roles")
    if role not in Role.values:
        raise Invalid("role is viewer, responder or admin.", field="role")
    old = user.role
    if old == role:
        return user
    if old == Role.ADMIN:
        _keep_one_admin(user)
    user.role = role
    user.save(update_fields=["role"])
    audit.record(by, "person.role", "user", user.pk, before={"role": old}, after={"role": role})
    tell(RightsChanged(user_id=user.pk))
    return user


@operation
def deactivate_person(*, user: User, by: Actor) -> User:
    """A person leaves: roles are handed back, tokens end, chat accounts are unlinked."""
    require(by, Right.ADMINISTER, "deactivate people")
    if not user.is_active:
        return user
    if user.role == Role.ADMIN:
        _keep_one_admin(user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    Token.objects.filter(user=user, revoked_at__isnull=True).update(revoked_at=clock.now())
    Identity.objects.filter(user=user).update(user=None, linked_at=None)
    audit.record(by, "person.deactivated", "user", user.pk)
    tell(PersonLeft(user_id=user.pk))
    return user


@operation
def reactivate_person(*, user: User, by: Actor) -> str:
    """A person comes back: with the role they had, a new password by the one-time link that is returned.

    Tokens that ended stay ended and chat accounts are linked anew. The old password no longer opens
    anything, and neither does a browser that was signed in then.

    :raises Conflict: they are active already.
    """
    require(by, Right.ADMINISTER, "reactivate people")
    if user.is_active:
        raise Conflict(f"{user.name} is active.", field="user")
    user.is_active = True
    user.set_unusable_password()
    user.save(update_fields=["is_active", "password"])
    audit.record(by, "person.reactivated", "user", user.pk, after={"role": user.role})
    tell(RightsChanged(user_id=user.pk))
    tell(PersonCame(user_id=user.pk))
    return password_link(user)


#: what people set for themselves.
PROFILE = ("name", "time_zone", "theme", "text_size", "keys_on")


@operation
def change_profile(*, user: User, values: Mapping[str, object], by: Actor) -> User:
    """A person changes their own name, time zone or looks.

    :raises NotAllowed: somebody else's. :raises Invalid: naming the field.
    """
    if by.user is None or by.user.pk != user.pk:
        raise NotAllowed("People change their own profile only.")
    unknown = sorted(set(values) - set(PROFILE))
    if unknown:
        raise Invalid(f"The profile has no “{unknown[0][:60]}”.", field=unknown[0][:60])
    row = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    before = {name: getattr(row, name) for name in values}
    for name, value in values.items():
        setattr(row, name, " ".join(value.split()) if name == "name" and isinstance(value, str) else value)
    try:
        row.clean_fields(exclude=[found.name for found in User._meta.fields if found.name not in values])
    except ValidationError as error:
        field, words = next(iter(error.message_dict.items()))
        raise Invalid(f"{field}: {words[0]}", field=field)
    changed = [name for name in values if getattr(row, name) != before[name]]
    if changed:
        row.save(update_fields=changed)
        audit.record(
            by,
            "person.changed",
            "user",
            row.pk,
            before={name: before[name] for name in changed},
            after={name: getattr(row, name) for name in changed},
        )
    return row


def _keep_one_admin(user: User) -> None:
    others = User.objects.filter(role=Role.ADMIN, is_active=True).exclude(pk=user.pk)
    if not others.exists():
        raise Invalid("This is the last administrator; make somebody else one first.", field="role")


@operation
def make_token(
    *,
    user: User,
    name: str,
    scopes: Sequence[str],
    by: Actor,
    days: int | None = None,
    trusts_emails: bool = False,
) -> tuple[Token, str]:
    """Make a token and return it with its secret, which is shown this once.

    :raises Invalid: an unknown scope. :raises NotAllowed: somebody else's token, or a scope beyond the person.
    """
    unknown = [scope for scope in scopes if scope not in Token.SCOPES]
    if unknown or not scopes:
        raise Invalid(f"scopes are among {', '.join(Token.SCOPES)}.", field="scopes")
    if days is not None and not 1 <= days <= 3650:
        raise Invalid("A token lives one day to ten years.", field="days")
    if not by.is_machine and (by.user is None or by.user.pk != user.pk):
        raise NotAllowed("You can make tokens for yourself only.")
    if "admin" in scopes and not user.is_admin:
        raise NotAllowed("The scope admin is for administrators.")
    if trusts_emails and not (by.is_machine or (by.user and by.user.is_admin)):
        raise NotAllowed("Only administrators may let a bridge vouch for e-mail addresses.")
    secret = new_secret("wr_")
    token = Token.objects.create(
        user=user,
        name=name.strip()[:80] or "token",
        digest=digest(secret),
        scopes=list(dict.fromkeys(scopes)),
        trusts_emails=trusts_emails,
        expires_at=clock.now() + timedelta(days=days) if days else None,
    )
    audit.record(by, "token.made", "token", token.pk, after={"user": user.pk, "scopes": token.scopes})
    return token, secret


@operation
def revoke_token(*, token: Token, by: Actor) -> None:
    """End a token now."""
    own = by.user is not None and token.user_id == by.user.pk
    if not own:
        require(by, Right.ADMINISTER, "revoke somebody else's token")
    if token.revoked_at is None:
        Token.objects.filter(pk=token.pk).update(revoked_at=clock.now())
        audit.record(by, "token.revoked", "token", token.pk)


@operation
def make_team(*, name: str, members: Sequence[User] = (), by: Actor) -> Team:
    """Make a team.

    :raises Invalid: no name. :raises Conflict: the name is taken.
    """
    require(by, Right.ADMINISTER, "make teams")
    clean = " ".join(name.split())
    slug = slugify(clean)
    if not slug or len(clean) > 80:
        raise Invalid("A team's name has 1 to 80 characters, with a letter or digit among them.", field="name")
    if Team.objects.filter(Q(slug=slug) | Q(name__iexact=clean)).exists():
        raise Conflict(f"There is a team “{clean}” already.", field="name")
    team = Team.objects.create(name=clean, slug=slug)
    team.members.set(members)
    audit.record(by, "team.made", "team", team.pk, after={"name": clean, "members": [user.pk for user in members]})
    return team


@operation
def change_team(*, team: Team, by: Actor, name: str | None = None, members: Sequence[User] | None = None) -> Team:
    """Rename a team or say who is in it; its slug stays.

    :raises Invalid: no name. :raises Conflict: the name is taken.
    """
    require(by, Right.ADMINISTER, "change teams")
    before: dict[str, object] = {}
    after: dict[str, object] = {}
    clean = " ".join(name.split()) if name is not None else team.name
    if clean != team.name:
        if not slugify(clean) or len(clean) > 80:
            raise Invalid("A team's name has 1 to 80 characters, with a letter or digit among them.", field="name")
        if Team.objects.filter(name__iexact=clean).exclude(pk=team.pk).exists():
            raise Conflict(f"There is a team “{clean}” already.", field="name")
        before["name"], after["name"] = team.name, clean
        team.name = clean
        team.save(update_fields=["name"])
    if members is not None:
        before["members"] = sorted(team.members.values_list("pk", flat=True))
        after["members"] = sorted({user.pk for user in members})
        team.members.set(members)
    if before != after:
        audit.record(by, "team.changed", "team", team.pk, before=before, after=after)
    return team
