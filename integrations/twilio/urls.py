"""Where a call asks what a key means: Twilio itself reads it, and signs that it does."""

from django.urls import path

from integrations.twilio import views

urlpatterns = [path("voice/<int:page>/<int:method>", views.key_pressed, name="twilio-key")]
