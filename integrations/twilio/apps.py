from django.apps import AppConfig


class TwilioConfig(AppConfig):
    name = "integrations.twilio"
    label = "twilio"

    def ready(self) -> None:
        from connections.intake import register_handler
        from connections.lanes import register_sender
        from connections.operations import register_tester
        from integrations.twilio.answers import ANSWER_LANE, AnswerSender
        from integrations.twilio.check import check
        from integrations.twilio.handler import handle
        from integrations.twilio.sms import SmsPager
        from integrations.twilio.voice import VoicePager
        from oncall.ports import register_pager

        register_pager(SmsPager())
        register_pager(VoicePager())
        register_sender(ANSWER_LANE, AnswerSender())
        register_handler("twilio", handle)
        register_tester("twilio", check)
