"""The catalogue in the admin."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from accounts.web.actors import web_actor
from common.admin import Guarded
from oncall.api import catalogue
from oncall.models import Service


@admin.register(Service)
class ServiceAdmin(Guarded):
    """Services, by the same operations as the API. Which incidents touch one is not asked from here."""

    list_display = ("name", "slug", "team")
    list_filter = ("team",)
    search_fields = ("name", "slug", "description")
    list_select_related = ("team",)
    fields = ("name", "description", "team")
    actions = None

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Service, form: Any, change: bool) -> None:
        by = web_actor(request, "admin")
        if change:
            catalogue.change_service(
                service=Service.objects.get(pk=obj.pk),
                by=by,
                name=obj.name,
                description=obj.description,
                team=obj.team,
            )
        else:
            made = catalogue.add_service(name=obj.name, description=obj.description, team=obj.team, by=by)
            obj.pk, obj.slug = made.pk, made.slug
