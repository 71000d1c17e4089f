"""Every address of the API, version 1."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

urlpatterns = [
    path("schema", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs", SpectacularSwaggerSplitView.as_view(url_name="api-schema"), name="api-docs"),
    path("", include("accounts.api.urls")),
    path("", include("connections.api.urls")),
    path("", include("oncall.api.urls")),
    path("", include("alerts.api.urls")),
    path("", include("incidents.api.urls")),
    path("", include("chatops.api.urls")),
]
