from django.apps import AppConfig


class FakeChatConfig(AppConfig):
    name = "integrations.fakechat"
    label = "fakechat"

    def ready(self) -> None:
        from chatops.port import register_chat
        from integrations.fakechat.chat import FakeChat

        register_chat("fakechat", FakeChat)
