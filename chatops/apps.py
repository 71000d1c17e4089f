from django.apps import AppConfig


class ChatopsConfig(AppConfig):
    name = "chatops"

    def ready(self) -> None:
        from chatops import outages, reactions  # noqa: F401
        from chatops.delivering import AnswerSender, ChatSender
        from chatops.delivering_people import HomeSender, WhisperSender
        from chatops.forms.sending import FormSender
        from chatops.housekeeping import forget_answer_lanes, forget_forms, forget_tellings, forget_whispers
        from chatops.paging import ChatPager
        from chatops.telling import ChatTeller
        from connections.housekeeping import register_chore
        from connections.lanes import register_sender
        from oncall.ports import register_pager, register_teller

        for chore in (forget_answer_lanes, forget_forms, forget_tellings, forget_whispers):
            register_chore(chore)

        register_pager(ChatPager())
        register_teller(ChatTeller())
        register_sender("home", HomeSender())
        register_sender("person", WhisperSender())
        register_sender("form", FormSender())
        register_sender("chat", ChatSender())
        register_sender("answer", AnswerSender())
