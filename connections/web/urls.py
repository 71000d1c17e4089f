"""Pages of connections."""

from django.urls import path

from connections.web import views

urlpatterns = [
    path("connections", views.connections, name="connections"),
    path("connections/add/<slug:kind>", views.add, name="connection-add"),
    path("connections/<int:pk>", views.connection, name="connection"),
    path("connections/<int:pk>/test", views.test, name="connection-test"),
    path("connections/<int:pk>/switch", views.switch, name="connection-switch"),
]
