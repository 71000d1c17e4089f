"""Prints how many SQL statements an API declare takes: in an empty installation, and in a grown one."""

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from rest_framework.test import APIClient  # noqa: E402

from accounts.actors import SYSTEM, Actor  # noqa: E402
from accounts.models import User  # noqa: E402
from accounts.operations import make_token  # noqa: E402
from connections.models import Connection  # noqa: E402
from incidents.operations.declare import declare_incident  # noqa: E402
from incidents.operations.people import watch  # noqa: E402


def count(client: APIClient, n: int) -> int:
    with CaptureQueriesContext(connection) as queries:
        answer = client.post(
            "/api/v1/incidents", {"title": "Checkout 5xx"}, format="json", HTTP_IDEMPOTENCY_KEY=f"key-{n}"
        )
    if answer.status_code != 201:
        raise SystemExit(f"declaring answered {answer.status_code}: {answer.content!r}")
    return sum(1 for q in queries if not q["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")))


def main() -> None:
    settings.ALLOWED_HOSTS = ["*"]
    user = User.objects.create_user("ada@example.com", None, role="admin")
    _, secret = make_token(user=user, name="bench", scopes=["all"], by=SYSTEM)
    chat = Connection(kind="fakechat", name="Fake chat", settings={"announce_channel": "C1"})
    chat.save()
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    count(client, 0)
    small = count(client, 1)
    people = [User.objects.create_user(f"p{n}@example.com", None) for n in range(100)]
    for n in range(100):
        incident = declare_incident(by=Actor.person(people[n], "web"), title=f"Number {n}")
        for person in people[:2]:
            watch(number=incident.pk, by=Actor.person(person, "web"))
    print(small, count(client, 2))


main()
