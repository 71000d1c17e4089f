from django.apps import AppConfig


class BridgeConfig(AppConfig):
    name = "integrations.bridge"
    label = "bridge"
