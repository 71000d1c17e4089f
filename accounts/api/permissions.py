"""Scopes: what a token may be used for. What its owner may do is asked by the operations."""

from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.models import Token

if TYPE_CHECKING:
    from rest_framework.views import APIView


class ScopeAllows(BasePermission):
    """Signed in, and the token has the scope that the view names (default: read for GET, write otherwise)."""

    message = "This token does not have the scope for that."

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not request.user or not request.user.is_authenticated or not request.user.is_active:
            return False
        if not isinstance(request.auth, Token):
            return self._has_second_factor(request)
        scope = getattr(view, "scope", "") or ("read" if request.method in SAFE_METHODS else "write")
        self.message = f"This token does not have the scope “{scope}”."
        return request.auth.allows(scope)

    def _has_second_factor(self, request: Request) -> bool:
        """An administrator's session needs it where the pages need it; a password alone opens neither."""
        if not settings.SECOND_FACTOR_REQUIRED or not getattr(request.user, "is_admin", False):
            return True
        from allauth.mfa.utils import is_mfa_enabled

        self.message = "Set up your second factor first: open Warroom in the browser."
        return bool(is_mfa_enabled(request.user))


class Administrators(ScopeAllows):
    """For administrators only."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not super().has_permission(request, view):
            return False
        self.message = "Only administrators may do that."
        return bool(getattr(request.user, "is_admin", False))
