"""What every answer carries, and who may ask at all."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from accounts.api.problems import plain_problem
from common.errors import Refused
from web import errors

Next = Callable[[HttpRequest], HttpResponse]

#: open to everybody; everything else needs a session (the API asks for itself).
_OPEN = (
    "/accounts/",
    "/static/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/api/",
    "/hooks/",
    "/favicon.ico",
    "/faces/",
    "/a/",
    "/voice/",
    "/push-worker.js",
    "/feeds/",
)


class SecurityHeaders:
    """Headers on every answer; signed-in pages are never kept by caches."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.setdefault("X-Content-Type-Options", "nosniff")
        response.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
        if not request.path.startswith("/static/"):
            response.setdefault("Cache-Control", "private, no-store")
        return response


class SignInRequired:
    """Sends whoever is not signed in to the sign-in page, and administrators without a second factor to
    set one up where the installation requires it."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(_OPEN):
            return self.get_response(request)
        user = request.user
        if not user.is_authenticated:
            if request.headers.get("Accept", "").startswith("application/json"):
                return plain_problem(401, "not-signed-in", "Nobody is signed in.")
            wants = request.get_full_path() if request.method == "GET" and request.path != "/" else ""
            return redirect(reverse("account_login") + (f"?{urlencode({'next': wants})}" if wants else ""))
        if settings.SECOND_FACTOR_REQUIRED and getattr(user, "is_admin", False):
            from allauth.mfa.utils import is_mfa_enabled

            if not is_mfa_enabled(user):
                return redirect("mfa_activate_totp")
        return self.get_response(request)


class Zone:
    """Times in the person's own zone while their page is made."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        zone = getattr(request.user, "time_zone", "") if hasattr(request, "user") else ""
        if not zone or zone == "UTC":
            return self.get_response(request)
        with timezone.override(zone):
            return self.get_response(request)


class Refusals:
    """An operation that said no: JSON for scripts, a page or a message with the way back for people."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, Refused) or request.path.startswith("/api/"):
            return None
        if request.content_type == "application/json" or "application/json" in request.headers.get("Accept", ""):
            return plain_problem(error.status, error.code, error.message, field=error.field, hint=error.hint)
        if error.status == 404:
            return errors.not_found(request, error)
        if error.status == 403:
            return errors.forbidden(request, error)
        return errors.refused(request, error)
