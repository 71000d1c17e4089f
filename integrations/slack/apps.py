from django.apps import AppConfig


class SlackConfig(AppConfig):
    name = "integrations.slack"
    label = "slack"

    def ready(self) -> None:
        from chatops.groups import register_groups
        from chatops.port import register_chat
        from chatops.rereading import register_rereader
        from connections.housekeeping import register_chore
        from connections.intake import Together, register_handler
        from connections.operations import register_tester
        from integrations.kit.listeners import register_listener
        from integrations.slack.chat import SlackChat
        from integrations.slack.check import check
        from integrations.slack.groups import find_group
        from integrations.slack.handler import handle
        from integrations.slack.housekeeping import forget_facts
        from integrations.slack.marking import belongs_to
        from integrations.slack.rereading import SlackRereader
        from integrations.slack.sockets.listener import listen
        from integrations.slack.together import handle_lines, place_of

        register_chore(forget_facts)
        register_handler("slack", handle, belongs_to, Together(place_of, handle_lines))
        register_chat("slack", SlackChat)
        register_groups("slack", find_group)
        register_rereader("slack", SlackRereader())
        register_tester("slack", check)
        register_listener("Slack (Socket Mode)", listen)
