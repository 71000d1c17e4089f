from django.apps import AppConfig


class PagerDutyConfig(AppConfig):
    name = "integrations.pagerduty"
    label = "pagerduty"

    def ready(self) -> None:
        from connections.intake import register_handler
        from connections.operations import register_tester
        from integrations.kit.moving import Reader, register_reader
        from integrations.pagerduty.check import check
        from integrations.pagerduty.fetching import fetch
        from integrations.pagerduty.handler import handle
        from integrations.pagerduty.moving import LISTS, read_export

        register_handler("pagerduty", handle)
        register_tester("pagerduty", check)
        register_reader("pagerduty", Reader(LISTS, read_export), fetch)
