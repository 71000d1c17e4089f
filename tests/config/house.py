"""A Warroom of its own for tests of the command line: its data directory, its database, its environment."""

import os
import subprocess
import sys
import uuid
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from tests.services import POSTGRES_URL

ROOT = Path(__file__).resolve().parent.parent.parent

#: a lived-in database in one go: a person, a connected chat, an incident with a room, a file, things that wait
FILL = """
from django.core.files.base import ContentFile
from accounts.actors import Actor
from accounts.models import User
from common import clock
from common.work import work_off
from connections.models import Connection, Received
from connections.secrets import seal
from incidents.models import Attachment, Incident
from incidents.operations.declare import declare_incident
from incidents.operations import talk
ada = User.objects.create_user("ada@example.com", "correct horse battery", name="Ada", role="admin")
chat = Connection(kind="fakechat", name="Chat"); chat.put_secrets({"bot_token": "xoxb-kept"}); chat.save()
by = Actor.person(ada, "web")
incident = declare_incident(by=by, title="Checkout answers 5xx", severity=1)
work_off("chatops.roomstep")
work_off("connections.lane")
line = talk.say(number=incident.pk, text="said before the backup", by=by)
Attachment.objects.create(
    incident=incident, event=line, name="graph.png", file=ContentFile(b"picture", name="graph.png"),
    content_type="image/png", size=7, digest="0" * 64,
)
Received.objects.create(
    connection=chat, door="events", outside_id="r1", sealed_body=seal(b"{}"), size=2, due_at=clock.now()
)
"""


class House:
    """`run` calls manage.py there; `ask` prints an expression's value there."""

    def __init__(self, data_dir: Path, database_url: str = "") -> None:
        self.data_dir = data_dir
        self.database_url = database_url
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "HOME", "TMPDIR")}
        self.environment = {**kept, "WARROOM_DATA_DIR": str(data_dir), "DJANGO_SETTINGS_MODULE": "config.settings"}
        if database_url:
            self.environment |= {"DATABASE_URL": database_url, "SECRET_KEY": "s" * 50}

    @property
    def is_embedded(self) -> bool:
        return not self.database_url

    @property
    def file(self) -> Path:
        return self.data_dir / "warroom.sqlite3"

    def call(self, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Call manage.py; whatever it answers."""
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def run(self, *words: str) -> str:
        """Call manage.py, which must succeed; returns what it said."""
        done = self.call(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def refuses(self, *words: str, **environment: str) -> str:
        """Call manage.py, which must refuse; returns why."""
        done = self.call(*words, **environment)
        assert done.returncode != 0, done.stdout
        assert "Traceback" not in done.stderr, done.stderr
        return done.stdout + done.stderr

    def do(self, code: str) -> str:
        """Run Python in that installation."""
        return self.run("shell", "--no-imports", "-c", code)


def on_server(database: str, url: str = POSTGRES_URL) -> str:
    """The address of another database of the same server."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, f"/{database}", parts.query, ""))


class Scratch:
    """PostgreSQL databases that go away again."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def make(self) -> str:
        """Make an empty database and return its address."""
        name = f"warroom_house_{uuid.uuid4().hex[:12]}"
        self._say(f"CREATE DATABASE {name}")
        self.names.append(name)
        return on_server(name)

    def drop(self) -> None:
        for name in self.names:
            self._say(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    @staticmethod
    def _say(statement: str) -> None:
        with psycopg.connect(POSTGRES_URL, autocommit=True) as server:
            server.execute(statement)
