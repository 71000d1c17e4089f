"""`manage.py clock`: looks every second for due rows and hands them out; works itself when nobody else does."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config.running import ClockThread, WatchThread, run_until_signal
from integrations.kit.environment import connections_from_environment
from oncall.operations.reaching import give_everybody


class Command(BaseCommand):
    help = "Run the clock: the only scheduler. Any number may run; they share by row locks."

    def handle(self, *args: Any, **options: Any) -> None:
        connections_from_environment()
        give_everybody()
        clock = ClockThread(has_broker=bool(settings.CELERY_BROKER_URL))
        watch = WatchThread()

        def start() -> None:
            clock.start()
            watch.start()

        def stop() -> None:
            watch.stop()
            clock.stop()

        run_until_signal(start, stop)
