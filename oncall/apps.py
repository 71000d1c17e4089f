from django.apps import AppConfig


class OncallConfig(AppConfig):
    name = "oncall"

    def ready(self) -> None:
        from connections.housekeeping import register_chore
        from connections.lanes import register_sender
        from oncall import reactions  # noqa: F401
        from oncall.models import NOTICE_LANE, PAGER_LANE
        from oncall.operations.probing import KIND, ProbeSubject, forget_probes
        from oncall.operations.reaching import give_everybody
        from oncall.operations.watching import watch_all
        from oncall.ports import register_subject
        from oncall.sending import PageSender
        from oncall.telling import NoticeSender

        register_subject(KIND, ProbeSubject())
        register_chore(give_everybody)
        register_chore(watch_all)
        register_sender(PAGER_LANE, PageSender(), each_alone=True)
        register_sender(NOTICE_LANE, NoticeSender())
        register_chore(forget_probes)
