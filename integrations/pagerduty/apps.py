from django.apps import AppConfig


class PagerDutyConfig(AppConfig):
    name = "integrations.pagerduty"
    label = "pagerduty"

    def ready(self) -> None:
        from connections.intake import register_handler
        from connections.operations import register_tester
        from integrations.pagerduty.check import check
        from integrations.pagerduty.handler import handle

        register_handler("pagerduty", handle)
        register_tester("pagerduty", check)
