from django.apps import AppConfig


class SlackConfig(AppConfig):
    name = "integrations.slack"
    label = "slack"

    def ready(self) -> None:
        from chatops.port import register_chat
        from connections.intake import register_handler
        from connections.operations import register_tester
        from integrations.slack.chat import SlackChat
        from integrations.slack.check import check
        from integrations.slack.handler import handle

        register_handler("slack", handle)
        register_chat("slack", SlackChat)
        register_tester("slack", check)
