"""What is too large, too slow, packed, elsewhere or odd."""

import asyncio
import gzip
import json

import pytest
from django.conf import settings

from common.ids import digest
from connections.models import Connection, Received
from integrations.kit import door as doors
from integrations.kit.door import HookDoor
from integrations.kit.manifest import Door
from tests.door.asgi import knock, trickle
from tests.door.conftest import PATH, SECRET, Knock
from tests.factories import make_connection
from tests.pagerduty.events import body
from tests.pagerduty.sender import signed

pytestmark = pytest.mark.usefixtures("committed")
RAW = body("incident.triggered", incident="Q1", id_="01E1")
KEY = "the-secret-end-of-an-address"


def test_a_body_that_says_it_is_too_large_is_not_read(pagerduty: Connection, door: HookDoor) -> None:
    answer = asyncio.run(knock(door, PATH, b"x", {"Content-Length": str(10**9)}))

    assert (answer.status, answer.read) == (413, 0)
    assert not Received.objects.exists()


def test_a_body_that_grows_too_large_is_read_no_further(pagerduty: Connection, door: HookDoor) -> None:
    piece = b"x" * 65_536

    answer = asyncio.run(knock(door, PATH, [piece] * 1000))

    assert answer.status == 413
    assert answer.read <= settings.HOOK_BODY_LIMIT // len(piece) + 1
    assert "1024 kB" in answer.json["title"]


def test_a_body_at_the_limit_gets_in(pagerduty: Connection, post: Knock) -> None:
    raw = b" " * settings.HOOK_BODY_LIMIT

    assert post(raw).status == 202
    assert post(raw + b" ").status == 413


def test_a_body_that_comes_too_slowly_is_given_up(
    pagerduty: Connection, door: HookDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "_READ_SECONDS", 0.2)

    answer = asyncio.run(knock(door, PATH, trickle(b"x", 0.05), signed(RAW, SECRET, "1")))

    assert answer.status == 408
    assert not Received.objects.exists()


@pytest.mark.parametrize("packing", ["gzip", "br", "deflate", "zstd", "gzip, identity"])
def test_a_packed_body_is_not_unpacked(pagerduty: Connection, post: Knock, packing: str) -> None:
    assert post(gzip.compress(RAW * 1000), Content_Encoding=packing).status == 415
    assert not Received.objects.exists()


def test_identity_is_no_packing(pagerduty: Connection, post: Knock) -> None:
    assert post(RAW, Content_Encoding="identity").status == 202


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_hooks_take_post_only(pagerduty: Connection, door: HookDoor, method: str) -> None:
    answer = asyncio.run(knock(door, PATH, RAW, signed(RAW, SECRET, "1"), method=method))

    assert answer.status == 405
    assert not Received.objects.exists()


@pytest.mark.parametrize(
    "path",
    [
        "/hooks/",
        "/hooks/nobody",
        "/hooks/pagerduty/key",
        "/hooks/pagerduty/a/b",
        "/hooks/../hooks/pagerduty",
    ],
)
def test_at_other_addresses_there_is_nothing(pagerduty: Connection, post: Knock, path: str) -> None:
    assert post(RAW, path=path).status == 404
    assert not Received.objects.exists()


def test_a_slash_at_the_end_is_forgiven(pagerduty: Connection, post: Knock) -> None:
    assert post(RAW, path=PATH + "/").status == 202


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00",
        b"not json",
        b"\xff\xfe\xfa",
        b"[" * 100_000,
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
        b'{"event": null}',
        b'{"event": {"id": 7}}',
        b"NaN",
        b"1" * 5000,
        json.dumps({"event": {"id": "\ud800", "event_type": "incident.triggered", "data": {}}}).encode(),
        body("incident.triggered", incident="", id_="01E1"),
        body("incident.triggered", incident="Q1", id_="01E1").replace(b"2026-03-04T10", b"2026-93-04T10"),
    ],
    ids=lambda raw: repr(raw[:24]),
)
def test_what_is_signed_and_unreadable_is_kept_and_shown(pagerduty: Connection, post: Knock, raw: bytes) -> None:
    assert post(raw).status == 202

    [row] = Received.claim()
    row.work()
    row.refresh_from_db()
    assert row.body == raw
    assert (row.state, row.outcome) == (Received.DEAD, "failed")
    assert row.outcome_text


@pytest.mark.parametrize("webhook_id", ["", "x" * 300, "a\x00b", "\xff\x80", "' OR 1=1 --"])
def test_an_odd_id_of_a_request_is_replaced_by_its_hash(pagerduty: Connection, post: Knock, webhook_id: str) -> None:
    for _ in range(3):
        assert post(RAW, webhook_id=webhook_id).status == 202

    assert Received.objects.count() == 1


@pytest.fixture
def keyed(door: HookDoor) -> Connection:
    """A door whose address ends in a key, for a source of alerts."""
    path = Door(path="alerts/x", verify=lambda *a: False, outside_id=lambda h, r: "", by_key=True, is_alert_source=True)
    door._doors["alerts/x"] = ("alertsource", path)
    return make_connection("alertsource", key=KEY)


def test_a_key_opens_its_own_address_only(keyed: Connection, door: HookDoor) -> None:
    make_connection("alertsource", name="other", key="another-key")

    assert asyncio.run(knock(door, f"/hooks/alerts/x/{KEY}", b"{}")).status == 202
    for path in ("/hooks/alerts/x", "/hooks/alerts/x/", f"/hooks/alerts/x/{KEY}x", f"/hooks/alerts/x/{digest(KEY)}"):
        assert asyncio.run(knock(door, path, b"{}")).status in (401, 404)

    assert list(Received.objects.values_list("connection", flat=True)) == [keyed.pk]


def test_the_former_key_opens_too_until_it_is_ended(keyed: Connection, door: HookDoor) -> None:
    keyed.former_key_digest = digest("former")
    keyed.save()
    both = [asyncio.run(knock(door, f"/hooks/alerts/x/{key}", key.encode())).status for key in (KEY, "former")]

    keyed.former_key_digest = ""
    keyed.save()
    door.forget()

    assert both == [202, 202]
    assert asyncio.run(knock(door, f"/hooks/alerts/x/{KEY}", b"later")).status == 202
    assert asyncio.run(knock(door, "/hooks/alerts/x/former", b"later")).status == 401


def test_too_large_at_a_keyed_address_leaves_a_row_that_says_how_to_shrink(keyed: Connection, door: HookDoor) -> None:
    for _ in range(20):
        headers = {"Content-Length": str(settings.ALERT_BODY_LIMIT + 1)}
        assert asyncio.run(knock(door, f"/hooks/alerts/x/{KEY}", b"x", headers)).status == 413

    row = Received.objects.first()
    assert row is not None
    assert (row.connection, row.state, row.outcome) == (keyed, Received.DEAD, "failed")
    assert "larger than 8192 kB" in row.outcome_text
    assert Received.objects.count() <= 2, "its owner is told once a minute"


def test_too_large_with_a_wrong_key_leaves_a_count_only(keyed: Connection, door: HookDoor) -> None:
    headers = {"Content-Length": str(settings.ALERT_BODY_LIMIT + 1)}

    assert asyncio.run(knock(door, "/hooks/alerts/x/wrong", b"x", headers)).status == 413

    assert not Received.objects.exists()
