from django.apps import AppConfig


class OpsgenieConfig(AppConfig):
    name = "integrations.opsgenie"
    label = "opsgenie"

    def ready(self) -> None:
        from integrations.kit.moving import Reader, register_reader
        from integrations.opsgenie.fetching import fetch
        from integrations.opsgenie.moving import LISTS, read_export

        register_reader("opsgenie", Reader(LISTS, read_export), fetch)
