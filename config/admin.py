"""The admin site: only administrators, signed in the product's own way."""

from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse


class WarroomAdminSite(admin.AdminSite):
    """Stock admin with our name; its sign-in is the product's."""

    site_header = "Warroom administration"
    site_title = "Warroom"
    index_title = "For rare edits: the timeline and the audit can be read here, not changed"

    def login(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        if request.user.is_authenticated:
            raise PermissionDenied("The admin is for administrators.")
        return redirect(f"{reverse('account_login')}?{urlencode({'next': request.get_full_path()})}")
