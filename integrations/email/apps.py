from django.apps import AppConfig


class EmailConfig(AppConfig):
    name = "integrations.email"
    label = "email"

    def ready(self) -> None:
        from connections.operations import register_tester
        from integrations.email.mailing import check
        from integrations.email.pager import EmailPager
        from integrations.email.telling import EmailTeller
        from oncall.ports import register_pager, register_teller

        register_pager(EmailPager())
        register_teller(EmailTeller())
        register_tester("email", check)
