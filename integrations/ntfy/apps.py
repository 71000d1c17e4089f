from django.apps import AppConfig


class NtfyConfig(AppConfig):
    name = "integrations.ntfy"
    label = "ntfy"

    def ready(self) -> None:
        from integrations.ntfy.pager import NtfyPager
        from oncall.ports import register_pager

        register_pager(NtfyPager())
