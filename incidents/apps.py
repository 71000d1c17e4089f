from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    name = "incidents"

    def ready(self) -> None:
        from connections.housekeeping import register_chore
        from incidents import reactions  # noqa: F401
        from incidents.housekeeping import forget_unsaid_files
        from incidents.paging import KIND, IncidentSubject
        from oncall.ports import register_subject

        register_chore(forget_unsaid_files)
        register_subject(KIND, IncidentSubject())
