from django.apps import AppConfig


class KitConfig(AppConfig):
    name = "integrations.kit"
    label = "kit"

    def ready(self) -> None:
        from connections.catalogue import register_source
        from integrations.kit.entries import entries

        register_source(entries)
