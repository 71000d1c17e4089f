"""How often a token, or a person, may call."""

import logging
import time
from typing import TYPE_CHECKING, ClassVar

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from accounts.models import Token

if TYPE_CHECKING:
    from rest_framework.views import APIView

log = logging.getLogger(__name__)

_PAUSE = 5.0


class PerToken(SimpleRateThrottle):
    """600 calls a minute per token (a setting); a session counts per person."""

    scope = "token"
    _cache_rests_until: ClassVar[float] = 0.0

    def get_cache_key(self, request: Request, view: "APIView") -> str | None:
        if isinstance(request.auth, Token):
            return f"throttle:token:{request.auth.pk}"
        if request.user and request.user.is_authenticated:
            return f"throttle:user:{request.user.pk}"
        return f"throttle:address:{self.get_ident(request)}"

    def allow_request(self, request: Request, view: "APIView") -> bool:
        if time.monotonic() < PerToken._cache_rests_until:
            return True
        try:
            return bool(super().allow_request(request, view))
        except Exception as error:
            # The cache is gone (each client library has errors of its own): limits pause, the API goes on,
            # and the next calls don't wait for the cache's timeout.
            log.warning("the cache does not answer, the API's limits pause: %s", error)
            PerToken._cache_rests_until = time.monotonic() + _PAUSE
            return True
