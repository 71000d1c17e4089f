from django.apps import AppConfig


class GrafanaOncallConfig(AppConfig):
    name = "integrations.grafana_oncall"
    label = "grafana_oncall"

    def ready(self) -> None:
        from integrations.grafana_oncall.fetching import fetch
        from integrations.grafana_oncall.moving import LISTS, read_export
        from integrations.kit.moving import Reader, register_reader

        register_reader("grafana-oncall", Reader(LISTS, read_export), fetch)
