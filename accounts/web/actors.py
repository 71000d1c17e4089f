"""Who acts in a browser."""

from django.http import HttpRequest

from accounts.actors import Actor
from accounts.models import User
from common.ids import digest


def web_actor(request: HttpRequest, surface: str = "web") -> Actor:
    """Return the signed-in person as an actor; the session is named by a short hash."""
    user = request.user
    if not isinstance(user, User):
        raise TypeError("web_actor needs a signed-in person")
    key = request.session.session_key or ""
    return Actor.person(user, surface, session=digest(key)[:16] if key else "")
