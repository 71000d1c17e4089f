"""Every address of the product."""

from importlib import import_module

from django.apps import apps
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from config import env

handler404 = "web.errors.not_found"
handler403 = "web.errors.forbidden"
handler500 = "web.errors.fault"
handler400 = "web.errors.bad_request"


def _integration_urls() -> list[URLPattern | URLResolver]:
    """The urls of every installed integration that has some."""
    found: list[URLPattern | URLResolver] = []
    for config in apps.get_app_configs():
        if config.name.startswith("integrations."):
            try:
                found += import_module(f"{config.name}.urls").urlpatterns
            except ModuleNotFoundError as error:
                if error.name != f"{config.name}.urls":
                    raise
    return found


urlpatterns = [
    path(f"{env.text('WARROOM_ADMIN_PATH', 'admin').strip('/')}/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", include("config.api_urls")),
    *_integration_urls(),
    path("", include("accounts.web.urls")),
    path("", include("connections.web.urls")),
    path("", include("oncall.web.urls")),
    path("", include("incidents.web.urls")),
    path("", include("web.urls")),
]
