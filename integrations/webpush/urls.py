"""What browsers ask for notifications."""

from django.urls import path

from integrations.webpush import views

urlpatterns = [
    path("push-worker.js", views.worker, name="push-worker"),
    path("me/push/key", views.key, name="push-key"),
    path("me/push", views.add, name="push-add"),
    path("me/push/forget", views.forget, name="push-forget"),
]
