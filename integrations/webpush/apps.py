from django.apps import AppConfig


class WebPushConfig(AppConfig):
    name = "integrations.webpush"
    label = "webpush"

    def ready(self) -> None:
        from integrations.webpush.pager import PushPager
        from oncall.ports import register_pager

        register_pager(PushPager())
