"""GET changes nothing but a session's and a token's last-used time: mail robots follow links."""

import hashlib
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.core import signing
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import Identity, User
from accounts.operations import password_link
from alerts.models import AlertGroup
from config.demo.organisation import seed_demo
from connections.models import Connection, Received
from incidents.models import Incident, TimelineEvent

pytestmark = pytest.mark.django_db

#: tables that reading may touch
_MAY_CHANGE = {"sessions.session", "accounts.token"}


def digest() -> dict[str, str]:
    """Return a digest of every table."""
    found = {}
    for model in apps.get_models():
        if model._meta.label_lower in _MAY_CHANGE or not model._meta.managed:
            continue
        rows = model._default_manager.order_by("pk").values_list()
        found[model._meta.label_lower] = hashlib.sha256(repr(list(rows)).encode()).hexdigest()
    return found


def routes(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, path)
        else:
            yield path, pattern


@pytest.fixture
def values(ada: User) -> dict[str, str]:
    """What stands for each part of an address."""
    seed_demo()
    incident = Incident.objects.get(status="fixing")
    line = TimelineEvent.objects.filter(incident=incident, kind="message").first()
    connection = Connection.objects.create(kind="pagerduty", name="PagerDuty")
    Received.objects.create(connection=connection, door="pagerduty", outside_id="1", state="done", outcome="done")
    AlertGroup.objects.create(connection=connection, key="k", title="t")
    Identity.objects.create(realm="slack:T1", outside_id="U1", name="Bo")
    assert line is not None
    reset = password_link(ada).rsplit("/", 2)[-2]
    return {
        "number": str(incident.pk),
        "sequence": str(line.sequence),
        "item": "1",
        "pk": "1",
        "kind": "pagerduty",
        "slug": "checkout",
        "verb": "lead",
        "act": "pin",
        "role": "commander",
        "uidb36": reset.split("-", 1)[0],
        "key": reset.split("-", 1)[1],
        "token": signing.dumps(["slack:T1", "U1"], salt="warroom.link"),
        "app_label": "incidents",
        "object_id": "1",
        "url": "incidents/incident/",
        "content_type_id": "1",
    }


def fill(path: str, values: dict[str, str]) -> str:
    """Return an address for a route, with values in the place of its parameters."""
    import re

    path = re.sub(r"\(\?P<(\w+)>[^)]*\)", lambda m: values.get(m.group(1), "1"), path)
    path = re.sub(r"<(?:\w+:)?(\w+)>", lambda m: values.get(m.group(1), "1"), path)
    return "/" + path.replace("^", "").replace("$", "").replace("\\", "").replace("?:", "")


def test_no_get_of_any_route_changes_a_row(values: dict[str, str], ada: User) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.get(pk=ada.pk), backend="allauth.account.auth_backends.AuthenticationBackend")
    addresses = sorted({fill(path, values) for path, _ in routes(get_resolver().url_patterns)})
    addresses = [address for address in addresses if "logout" not in address]
    before = digest()
    statuses: dict[str, int] = {}

    for address in addresses:
        for method in (client.get, client.head):
            statuses[address] = method(address).status_code

    after = digest()
    changed = [table for table in before if before[table] != after[table]]
    assert changed == [], f"a GET changed {changed}"
    failed = {address: status for address, status in statuses.items() if status >= 500}
    assert failed == {}
    assert sum(status < 400 for status in statuses.values()) > 40, statuses
