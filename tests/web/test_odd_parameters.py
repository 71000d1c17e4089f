"""Whatever stands behind the question mark, the answer is a page or a clear refusal, never a fault."""

import os
import re
from itertools import cycle, product
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from tests.web.addresses import every_address

pytestmark = pytest.mark.django_db

#: digits that are none, digits of another script, too large, negative, NUL, a broken character, a time, SQL
ODD = ["", "²", "9" * 30, "%00", "2026-13-45T99", "x" * 3000]
#: times that no zone west or east of their own can show
ODD += ["0001-01-01T00:00:00%2B14:00,5", "9999-12-31T23:59:59-14:00,5"]
ALONE = ["²", *ODD[-2:]]
SWEEP = os.environ.get("WARROOM_SWEEP") == "1"
if SWEEP:
    ODD += ["٣", "-1", "1.5", "%ED%A0%80", "a,b", "'%20OR%201=1--"]
    ALONE = ODD
_READ = re.compile(r"""(?:GET\.get|query_params\.get|GET\.getlist|self\.(?:text|word|switch|whole))\(\s*"(\w+)\"""")


def parameters() -> list[str]:
    """Every parameter that some code reads."""
    return sorted(
        {
            name
            for package in ("accounts", "chatops", "connections", "incidents", "integrations", "web")
            for file in Path(settings.ROOT, package).rglob("*.py")
            for name in _READ.findall(file.read_text(encoding="utf-8"))
        }
    )


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd[:12] or "empty")
def test_an_odd_value_is_no_fault(odd: str, values: dict[str, str], ada: User) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.get(pk=ada.pk), backend="allauth.account.auth_backends.AuthenticationBackend")
    names = parameters()
    assert {"before", "after", "cursor", "thread"} <= set(names)
    query = "&".join(f"{name}={odd}" for name in names)

    failed = {
        address: status
        for address in every_address(values)
        if (status := client.get(f"{address}?{query}").status_code) >= 500
    }

    assert failed == {}


def test_each_parameter_alone_is_no_fault(values: dict[str, str], ada: User) -> None:
    """One odd value may be refused before the next one is read."""
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.get(pk=ada.pk), backend="allauth.account.auth_backends.AuthenticationBackend")
    places = ["/", "/incidents", "/postmortems", "/followups", "/health", "/palette/suggest", "/api/v1/incidents"]
    places += [f"/incidents/{values['number']}{end}" for end in ("", "/frames", "/timeline", "/audit", "/tasks")]

    asked = list(product(places, parameters(), ALONE))
    values_in_turn = cycle(ALONE)
    if not SWEEP:  # each address with each parameter, the values in turn
        asked = [(address, name, next(values_in_turn)) for address, name in product(places, parameters())]

    failed = {
        (address, name, odd): status
        for address, name, odd in asked
        if (status := client.get(f"{address}?{name}={odd}").status_code) >= 500
    }

    assert failed == {}
