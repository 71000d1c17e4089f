"""An installation with the tests' fake Slack beside it, for the benchmarks."""

import json
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.kit import REDIS, database, embedded, free_port, process, python, run, wait_for
from tests.fakes.slack_server import Channel, FakeSlack, Person

SECRET = "benchmark"


@dataclass
class House:
    """A running installation with its Slack."""

    slack: FakeSlack
    port: int
    token: str
    bo: Person

    def call(self, path: str, body: dict[str, object] | None = None) -> dict[str, Any]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v1{path}",
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
            method="POST" if body is not None else "GET",
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            found: dict[str, Any] = json.loads(answer.read())
            return found

    def declare(self, title: str) -> int:
        return int(self.call("/incidents", {"title": title, "severity": 2})["number"])

    def channel_of(self, number: int, seconds: float = 60) -> Channel:
        """The channel with its card, once it is there."""

        def found() -> Channel | None:
            channels = list(self.slack.world.channels.values())
            made = [c for c in channels if c.name.startswith(f"inc-{number}-")]
            return made[0] if made and self.slack.posts(made[0]) else None

        return wait_until(found, seconds)


def wait_until(found: Callable[[], Any], seconds: float) -> Any:
    end = time.perf_counter() + seconds
    while not (value := found()):
        if time.perf_counter() > end:
            raise RuntimeError("it did not come about")
        time.sleep(0.02)
    return value


# --- installations ------------------------------------------------------------------------------------
_LINK = (
    "from accounts.models import Identity, User\n"
    "for handle, id in {links!r}:\n"
    "    user = User.objects.get(handle=handle)\n"
    "    Identity.objects.create(realm='slack:{team}', outside_id=id, name=handle, user=user)"
)


def _people(slack: FakeSlack, env: dict[str, str]) -> tuple[str, Person]:
    run(python("manage.py", "migrate", "-v0"), env)
    run(python("manage.py", "seed_demo"), env)
    there = {name: slack.person(name.title(), f"{name}@example.com") for name in ("ada", "bo", "cleo", "dan")}
    links = [(name, person.id) for name, person in there.items()]
    script = _LINK.format(links=links, team=slack.world.team_id)
    run(python("manage.py", "shell", "--no-imports", "-c", script), env)
    token = run(python("manage.py", "create_token", "ada@example.com", "--scope", "all"), env).split()[-1]
    return token, there["bo"]


def _for_slack(slack: FakeSlack) -> dict[str, str]:
    return {
        "SLACK_BOT_TOKEN": slack.token,
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_API_URL": slack.api_url,
        "WARROOM_API_RATE": "1000000/min",
        "LOG_LEVEL": "ERROR",
    }


@contextmanager
def production(slack: FakeSlack) -> Iterator[House]:
    """Two web processes, a worker and a clock, with PostgreSQL and Redis."""
    port = free_port()
    with ExitStack() as stack:
        env = _for_slack(slack) | {
            "DATABASE_URL": stack.enter_context(database()),
            "REDIS_URL": REDIS,
            "WARROOM_QUEUE": f"bench-{port}",
            "SECRET_KEY": "b" * 50,
            "WARROOM_DATA_DIR": stack.enter_context(tempfile.TemporaryDirectory(prefix="warroom-bench-")),
            "BASE_URL": f"http://127.0.0.1:{port}",
        }
        token, bo = _people(slack, env)
        run(python("-c", MAKE_CONNECTION), env)
        web = ("-m", "uvicorn", "config.asgi:application", "--port", str(port), "--workers", "2", "--no-access-log")
        stack.enter_context(process(python(*web, "--log-level", "error"), env))
        stack.enter_context(process(python("-m", "celery", "-A", "config", "worker", "--loglevel=ERROR"), env))
        stack.enter_context(process(python("manage.py", "clock"), env))
        wait_for(port)
        yield House(slack, port, token, bo)


MAKE_CONNECTION = (
    "import os; os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings'); import django; django.setup();"
    "from integrations.kit.environment import connections_from_environment; connections_from_environment()"
)


@contextmanager
def alone(slack: FakeSlack) -> Iterator[House]:
    """`manage.py serve`."""
    with embedded() as env:
        env |= _for_slack(slack)
        token, bo = _people(slack, env)
        with process(python("manage.py", "serve"), env, log=Path(env["WARROOM_DATA_DIR"]) / "log"):
            wait_for(int(env["PORT"]))
            yield House(slack, int(env["PORT"]), token, bo)
