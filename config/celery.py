"""Celery: how many workers hear the doorbell. The rows themselves are in the database."""

import os
import sys
import threading
from typing import Any

from celery import Celery
from celery.signals import worker_process_init, worker_ready, worker_shutdown

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

_TASK = "warroom.work"
_TIMEOUT = 1.0
_SWITCH = 0.0005

app = Celery("config")
# Said at import and not in `configure`: the command line chooses its pool before Django's settings are read.
app.conf.update(
    worker_pool="threads",
    worker_concurrency=int(os.environ.get("WARROOM_WORKER_THREADS", "32")),
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    task_ignore_result=True,
    task_acks_late=False,
    task_publish_retry=False,
    # Installations that share a broker need a queue each.
    task_default_queue=os.environ.get("WARROOM_QUEUE", "warroom"),
    broker_connection_retry_on_startup=True,
    # A worker outlives any outage of its broker; the default gives up after a hundred tries.
    broker_connection_max_retries=None,
    broker_connection_timeout=_TIMEOUT,
    broker_heartbeat=20,
)


def configure() -> None:
    """Read the broker's address from the settings; called once the settings are there."""
    from django.conf import settings

    url = settings.CELERY_BROKER_URL
    redis = url.startswith(("redis://", "rediss://"))
    app.conf.update(
        broker_url=url or "memory://",
        broker_transport_options=(
            {"socket_timeout": 15, "socket_connect_timeout": _TIMEOUT, "health_check_interval": 10}
            if redis
            else {"confirm_publish": False, "read_timeout": 15, "write_timeout": _TIMEOUT}
        ),
    )


_crew: Any = None
_making = threading.Lock()


def _crew_here() -> Any:
    """The threads of this worker that work tables off; rings that come meanwhile are one more look."""
    global _crew
    from common.work import Crew

    with _making:
        if _crew is None:
            _crew = Crew(int(app.conf.worker_concurrency))
    return _crew


@app.task(name=_TASK)
def work(label: str) -> None:
    """Have one table worked off. `label` is the table's name, such as `connections.received`.

    The task only wakes: rings by the dozen would otherwise work the same table in a dozen threads, which wait
    for each other's rows.
    """
    _crew_here().wake(label)


@worker_shutdown.connect
def _close(**kwargs: Any) -> None:
    """What is under way is finished before the worker ends."""
    if _crew is not None:
        _crew.close()


def ring(label: str) -> None:
    """Tell the workers to look into a table; fails after about a second when the broker is gone.

    The message expires soon: a pile of old rings after an outage would be of no use.
    """
    work.apply_async((label,), expires=30, retry=False)


@worker_ready.connect
@worker_process_init.connect
def _ready(**kwargs: Any) -> None:
    from common import doorbell

    # What this worker makes due it works itself; a ring through the broker would only come back to it. Rows that
    # stay due are rung for by the clock, for every worker.
    doorbell.connect_local(_crew_here().wake)
    # The thread that works waits for the database many times a line, and each time for this process to let it go on.
    sys.setswitchinterval(_SWITCH)
