"""Makes a small and a large incident and times their pages, interleaved; prints tab-separated rows."""

import sys
import time
import tracemalloc
from datetime import timedelta

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from accounts.actors import Actor  # noqa: E402
from accounts.models import User  # noqa: E402
from benchmarks.kit import median  # noqa: E402
from common import clock  # noqa: E402
from incidents.models import Incident, Member, TimelineEvent  # noqa: E402
from incidents.operations.declare import declare_incident  # noqa: E402

ROUNDS = 25


def fill(actor: Actor, events: int) -> Incident:
    """An incident with so many lines, all pinned, so that the story is as long as the room."""
    incident = declare_incident(by=actor, title=f"{events} lines", severity=3)
    start = clock.now() - timedelta(days=2)
    batch = []
    for n in range(2, events + 1):
        at = start + timedelta(seconds=n)
        batch.append(
            TimelineEvent(
                incident=incident,
                sequence=n,
                kind="message",
                text=f"line {n} of **many**",
                shown_text=f"line {n} of **many**",
                actor=actor.user,
                actor_name=actor.name,
                actor_key=actor.key,
                surface="web",
                content_digest="0" * 64,
                occurred_at=at,
                recorded_at=at,
                shown_at=at,
                pinned_at=at,
            )
        )
    TimelineEvent.objects.bulk_create(batch, batch_size=2000)
    Incident.objects.filter(pk=incident.pk).update(last_sequence=events)
    return incident


def compare(client: Client, name: str, small: str, large: str) -> None:
    times: dict[str, list[float]] = {small: [], large: []}
    queries: dict[str, int] = {}
    memory: dict[str, int] = {}
    for url in (small, large):
        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            client.get(url)
        queries[url] = len(captured)
        tracemalloc.start()
        client.get(url)
        memory[url] = tracemalloc.get_traced_memory()[1] // 1024
        tracemalloc.stop()
    for _ in range(ROUNDS):
        for url in (small, large):
            start = time.perf_counter()
            answer = client.get(url)
            times[url].append((time.perf_counter() - start) * 1000)
            if answer.status_code != 200:
                raise SystemExit(f"{url} answered {answer.status_code}")
    print(
        name, median(times[small]), median(times[large]), queries[small], queries[large], memory[small], memory[large],
        sep="\t",
    )  # fmt: skip


def main() -> None:
    settings.ALLOWED_HOSTS = ["*"]
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    user = User.objects.create_user("ada@example.com", "a long password", role="admin")
    actor = Actor.person(user, "web")
    few, many = (fill(actor, int(size)) for size in sys.argv[1:3])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    compare(client, "Room page, 100 and 100,000 events", f"/incidents/{few.pk}", f"/incidents/{many.pk}")
    Member.objects.filter(user=user).update(seen_sequence=1, seen_at=clock.now() - timedelta(hours=1))
    compare(client, "Room page, all of it missed", f"/incidents/{few.pk}", f"/incidents/{many.pk}")
    for view in ("everything", "story"):
        compare(
            client,
            f"Timeline page ({view})",
            f"/incidents/{few.pk}/timeline?view={view}",
            f"/incidents/{many.pk}/timeline?view={view}",
        )
    compare(
        client, "Timeline API page", f"/api/v1/incidents/{few.pk}/timeline", f"/api/v1/incidents/{many.pk}/timeline"
    )


main()
