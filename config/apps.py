"""Django's admin, and the wiring that only the top of the house may do."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class WarroomAdmin(AdminConfig):
    default_site = "config.admin.WarroomAdminSite"


class Wiring(AppConfig):
    """Connects the doorbell with the broker, where there is one."""

    name = "config"

    def ready(self) -> None:
        from django.conf import settings

        from common import doorbell
        from config import celery

        celery.configure()
        doorbell.connect_broker(celery.ring if settings.CELERY_BROKER_URL else None)
