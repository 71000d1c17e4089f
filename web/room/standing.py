"""Whether those who opened a room may still be here: one question per kind, whatever the number of readers."""

from collections.abc import Collection
from dataclasses import dataclass

from django.contrib.sessions.models import Session
from django.db import close_old_connections
from django.db.models import Q

from accounts.models import Token, User
from common import clock


@dataclass(frozen=True)
class Pass:
    """What a socket was opened with: a browser's session, or a token."""

    user: int
    role: str
    #: the stored hash of the password: a changed one ends every older session
    password: str
    session: str = ""
    token: int | None = None


def standing(passes: Collection[Pass]) -> set[Pass]:
    """Return those that still stand.

    Signed out, revoked, run out, switched off, or with another role since: such a socket ends, and who may
    still read opens a new one.
    """
    close_old_connections()
    now = clock.now()
    users = {
        pk: (role, password)
        for pk, role, password in User.objects.filter(pk__in={each.user for each in passes}, is_active=True)
        .order_by()
        .values_list("pk", "role", "password")
    }
    sessions, tokens = {each.session for each in passes if each.session}, {each.token for each in passes if each.token}
    good: set[str | int | None] = set()
    if sessions:
        good |= set(
            Session.objects.filter(session_key__in=sessions, expire_date__gt=now).values_list("session_key", flat=True)
        )
    if tokens:
        rows = Token.objects.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now), pk__in=tokens)
        good |= set(rows.filter(revoked_at__isnull=True).order_by().values_list("pk", flat=True))
    return {each for each in passes if _stands(each, users.get(each.user), good)}


def _stands(each: Pass, user: tuple[str, str] | None, good: set[str | int | None]) -> bool:
    if user is None or user[0] != each.role:
        return False
    if each.token is not None:
        return each.token in good
    return each.session in good and user[1] == each.password
