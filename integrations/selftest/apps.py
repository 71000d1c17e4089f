from django.apps import AppConfig


class SelftestConfig(AppConfig):
    name = "integrations.selftest"
    label = "selftest"

    def ready(self) -> None:
        from connections.operations import register_tester
        from integrations.selftest.pager import SelftestPager, check
        from oncall.ports import register_pager

        register_pager(SelftestPager())
        register_tester("selftest", check)
