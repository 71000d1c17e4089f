"""How often a token, or a person, may call."""

from typing import TYPE_CHECKING

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from accounts.models import Token

if TYPE_CHECKING:
    from rest_framework.views import APIView


class PerToken(SimpleRateThrottle):
    """600 calls a minute per token (a setting); a session counts per person."""

    scope = "token"

    def get_cache_key(self, request: Request, view: "APIView") -> str | None:
        if isinstance(request.auth, Token):
            return f"throttle:token:{request.auth.pk}"
        if request.user and request.user.is_authenticated:
            return f"throttle:user:{request.user.pk}"
        return f"throttle:address:{self.get_ident(request)}"
