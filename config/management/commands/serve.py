"""`manage.py serve`: web, worker, clock and listeners as one program."""

import logging
import warnings
from argparse import ArgumentParser
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management.base import BaseCommand

from config import env
from config.ears import Ears
from config.running import ClockThread, alone, release_own_leases, remember_port
from integrations.kit.environment import connections_from_environment
from integrations.kit.listeners import listeners
from oncall.operations.reaching import give_everybody


class Server(uvicorn.Server):
    """Uvicorn that stops our threads before it hands a signal on."""

    def __init__(self, config: uvicorn.Config, clock: ClockThread, ears: Ears) -> None:
        super().__init__(config)
        self._clock, self._ears = clock, ears

    async def shutdown(self, sockets: Any = None) -> None:
        await super().shutdown(sockets)
        self._ears.stop()
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
            give_everybody()
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
            remember_port(port)
            ears = Ears(listeners())
            clock.start()
            ears.start()
            Server(config, clock, ears).run()
