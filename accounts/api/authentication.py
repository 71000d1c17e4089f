"""Who calls: a bearer token, or the browser's session with its CSRF token."""

from datetime import timedelta

from django.db.models import Q
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.actors import Actor
from accounts.models import Token, User
from common import clock
from common.ids import digest

_GRAIN = timedelta(minutes=1)


def token_of(header: str) -> Token | None:
    """Return the good token of an Authorization header, or None. Notes its use once a minute."""
    word, _, secret = header.partition(" ")
    if word.lower() != "bearer" or not secret.strip():
        return None
    token = Token.objects.select_related("user").filter(digest=digest(secret.strip())).first()
    now = clock.now()
    if token is None or not token.is_good(now):
        return None
    if token.last_used_at is None or now - token.last_used_at > _GRAIN:
        Token.objects.filter(Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - _GRAIN), pk=token.pk).update(
            last_used_at=now
        )
    return token


class BearerToken(BaseAuthentication):
    """`Authorization: Bearer <token>`."""

    def authenticate(self, request: Request) -> tuple[User, Token] | None:
        header = request.headers.get("Authorization", "")
        if not header:
            return None
        if not header.lower().startswith("bearer "):
            raise AuthenticationFailed("Use “Authorization: Bearer <token>”.")
        token = token_of(header)
        if token is None:
            raise AuthenticationFailed("The token is unknown, revoked or expired.")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="warroom"'


class Session(SessionAuthentication):
    """The signed-in browser; writes need the CSRF token."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        found = super().authenticate(request)
        return found if found is None or found[0].is_active else None


def actor_of(request: Request) -> Actor:
    """Return the actor behind an API request."""
    assert isinstance(request.user, User)
    token = request.auth if isinstance(request.auth, Token) else None
    session = "" if token else (request._request.session.session_key or "")
    return Actor.person(
        request.user,
        "api",
        token_id=token.pk if token else None,
        session=digest(session)[:16] if session else "",
    )
