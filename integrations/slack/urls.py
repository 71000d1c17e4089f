"""Pages of Slack's own: installing by its page."""

from django.urls import path

from integrations.slack import install_pages

urlpatterns = [
    path("connections/slack/<int:pk>/install", install_pages.install, name="slack-install"),
    path("connections/slack/callback", install_pages.callback, name="slack-callback"),
]
