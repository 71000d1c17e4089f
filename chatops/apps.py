from django.apps import AppConfig


class ChatopsConfig(AppConfig):
    name = "chatops"

    def ready(self) -> None:
        from chatops import reactions  # noqa: F401
        from chatops.delivering import AnswerSender, ChatSender
        from chatops.housekeeping import forget_answer_lanes
        from connections.housekeeping import register_chore
        from connections.lanes import register_sender

        register_chore(forget_answer_lanes)

        register_sender("chat", ChatSender())
        register_sender("answer", AnswerSender())
