"""`manage.py serve`: web, worker, clock and listeners as one program."""

import logging
import warnings
from argparse import ArgumentParser
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management.base import BaseCommand

from config import env
from config.running import ClockThread, alone, release_own_leases
from integrations.kit.environment import connections_from_environment


class Server(uvicorn.Server):
    """Uvicorn that stops our threads before it hands a signal on."""

    def __init__(self, config: uvicorn.Config, clock: ClockThread) -> None:
        super().__init__(config)
        self._clock = clock

    async def shutdown(self, sockets: Any = None) -> None:
        await super().shutdown(sockets)
        self._clock.stop()


class Command(BaseCommand):
    help = "Run everything in one program: pages, API, hooks, sockets, work and clock."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=env.text("HOST", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=env.number("PORT", 8000))

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        # Static files come from a synchronous iterator; under ASGI Django reads it whole, which is fine here.
        warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
        with alone():
            if settings.EMBEDDED:
                freed = release_own_leases()
                if freed:
                    logging.getLogger(__name__).info("took %s leases of the former run over", freed)
            connections_from_environment()
            # One program has no other workers to ring for: it does the work itself, with or without a broker.
            clock = ClockThread(has_broker=False)
            config = uvicorn.Config(
                "config.asgi:application",
                host=host,
                port=port,
                log_config=None,
                access_log=False,
                ws_max_size=65_536,
                timeout_graceful_shutdown=5,
                proxy_headers=False,  # config.proxies reads them
                server_header=False,
            )
            clock.start()
            Server(config, clock).run()
