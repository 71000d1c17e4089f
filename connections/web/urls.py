"""Pages of connections."""

from django.urls import path

from connections.web import editing, views

urlpatterns = [
    path("connections", views.connections, name="connections"),
    path("connections/add/<slug:kind>", views.add, name="connection-add"),
    path("connections/<int:pk>", views.connection, name="connection"),
    path("connections/<int:pk>/standing", views.standing, name="connection-standing"),
    path("connections/<int:pk>/test", views.test, name="connection-test"),
    path("connections/<int:pk>/switch", views.switch, name="connection-switch"),
    path("connections/<int:pk>/pause", views.pause, name="connection-pause"),
    path("connections/<int:pk>/edit", editing.edit, name="connection-edit"),
    path("connections/<int:pk>/new-key", editing.make_new_key, name="connection-new-key"),
    path("connections/<int:pk>/end-former", editing.end, name="connection-end-former"),
    path("connections/<int:pk>/remove", editing.remove, name="connection-remove"),
    path("connections/<int:pk>/events/<int:event>/retry", editing.retry_event, name="connection-event-retry"),
]
