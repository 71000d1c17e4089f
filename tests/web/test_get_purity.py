"""GET changes nothing but a session's and a token's last-used time: mail robots follow links."""

import hashlib

import pytest
from django.apps import apps
from django.test import Client

from accounts.models import User
from tests.web.addresses import every_address

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


def test_no_get_of_any_route_changes_a_row(values: dict[str, str], ada: User) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.get(pk=ada.pk), backend="allauth.account.auth_backends.AuthenticationBackend")
    addresses = every_address(values)
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
