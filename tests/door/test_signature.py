"""Only what PagerDuty signed gets in; what is refused leaves nothing but a count."""

import asyncio
import random

import pytest

from connections.models import Connection, Received
from integrations.kit.door import HookDoor
from tests.door.asgi import knock
from tests.door.conftest import PATH, SECRET, Knock
from tests.factories import make_connection
from tests.pagerduty.events import body
from tests.pagerduty.sender import signature, signed
from tests.processes.waiting import wait_until

pytestmark = pytest.mark.usefixtures("committed")
RAW = body("incident.triggered", incident="Q1", id_="01E1")
MUTATIONS = 300


def test_a_signed_request_is_stored_and_accepted(pagerduty: Connection, post: Knock) -> None:
    answer = post(RAW)

    assert (answer.status, answer.json) == (202, {"status": "accepted"})
    row = Received.objects.get()
    assert (row.connection, row.door, row.body, row.size) == (pagerduty, "pagerduty", RAW, len(RAW))
    assert row.outside_id == "pagerduty|hook-1"


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "v1=",
        "v1=" + "0" * 64,
        "v0=" + signature(SECRET, RAW)[3:],
        signature(SECRET, RAW)[3:],
        signature(SECRET, RAW).upper(),
        signature(SECRET, RAW)[:-1],
        signature(SECRET, RAW) + "0",
        signature("another secret", RAW),
        signature(SECRET, RAW + b" "),
        "v1=\xff\xfe",
        ",".join(["v1=" + "0" * 64] * 500),
    ],
)
def test_without_the_right_signature_nothing_gets_in(pagerduty: Connection, post: Knock, header: str | None) -> None:
    answer = post(RAW, X_PagerDuty_Signature=header)

    assert answer.status == 401
    assert not Received.objects.exists()


@pytest.mark.parametrize(
    ("configured", "given"),
    [
        ("old", ["new", "old"]),
        ("new, old", ["old"]),
        ("new old", ["new"]),
        ("new,old", ["other", "old"]),
    ],
)
def test_while_a_secret_is_rotated_either_one_counts(
    door: HookDoor, configured: str, given: list[str], committed: None
) -> None:
    make_connection("pagerduty", secrets={"webhook_secret": configured})
    header = ", ".join(signature(secret, RAW) for secret in given)

    answer = asyncio.run(knock(door, PATH, RAW, {"X-PagerDuty-Signature": header, "X-Webhook-Id": "1"}))

    assert answer.status == 202


@pytest.mark.parametrize("configured", ["", " ", ",", " , "])
def test_an_empty_secret_refuses_everything(door: HookDoor, configured: str, committed: None) -> None:
    make_connection("pagerduty", secrets={"webhook_secret": configured})
    for secret in ("", " ", ","):
        answer = asyncio.run(knock(door, PATH, RAW, signed(RAW, secret, "1")))
        assert answer.status == 401

    assert not Received.objects.exists()


def test_a_connection_without_secrets_refuses(door: HookDoor, committed: None) -> None:
    make_connection("pagerduty")

    assert asyncio.run(knock(door, PATH, RAW, signed(RAW, "", "1"))).status == 401


def test_a_connection_that_is_switched_off_refuses(pagerduty: Connection, post: Knock) -> None:
    Connection.objects.update(is_on=False)

    assert post(RAW).status == 401


def test_each_of_several_connections_has_a_secret_of_its_own(pagerduty: Connection, post: Knock) -> None:
    other = make_connection("pagerduty", name="the other one", secrets={"webhook_secret": "other"})

    assert post(RAW, X_PagerDuty_Signature=signature("other", RAW)).status == 202
    assert post(RAW).status == 202

    assert list(Received.objects.order_by("pk").values_list("connection", flat=True)) == [other.pk, pagerduty.pk]


def test_a_secret_that_was_just_entered_counts_at_once(pagerduty: Connection, post: Knock) -> None:
    assert post(RAW).status == 202
    pagerduty.put_secrets({"webhook_secret": "brand-new"})
    pagerduty.save()

    def accepted() -> bool:
        return post(RAW, webhook_id="hook-2", X_PagerDuty_Signature=signature("brand-new", RAW)).status == 202

    wait_until(accepted, 3, "the new secret being known")


def test_a_connection_whose_key_was_lost_refuses_alone(
    pagerduty: Connection, post: Knock, caplog: pytest.LogCaptureFixture
) -> None:
    Connection.objects.create(kind="pagerduty", name="lost", sealed_secrets="gAAAAABk" + "A" * 80)

    assert post(RAW).status == 202
    assert "lost" in caplog.text


def test_three_hundred_mutations_are_refused(pagerduty: Connection, door: HookDoor) -> None:
    statuses = [asyncio.run(_mutated(door, random.Random(seed))) for seed in range(MUTATIONS)]

    assert statuses == [401] * MUTATIONS
    assert not Received.objects.exists()
    door.forget()
    asyncio.run(knock(door, PATH, RAW, {}))
    pagerduty.refresh_from_db()
    assert pagerduty.refused_count == MUTATIONS


async def _mutated(door: HookDoor, dice: random.Random) -> int:
    """One request with a bit turned over in the signature, or something changed in the body."""
    raw, headers = RAW, signed(RAW, SECRET, "hook-1")
    way = dice.choice(["signature", "bit", "cut", "more", "swap", "space"])
    place = dice.randrange(len(raw) - 1)
    if way == "signature":
        digits = list(headers["X-PagerDuty-Signature"])
        place = dice.randrange(3, len(digits))
        digits[place] = dice.choice([digit for digit in "0123456789abcdef" if digit != digits[place]])
        headers["X-PagerDuty-Signature"] = "".join(digits)
    elif way == "bit":
        raw = raw[:place] + bytes([raw[place] ^ (1 << dice.randrange(8))]) + raw[place + 1 :]
    elif way == "cut":
        raw = raw[:place]
    elif way == "more":
        raw = raw[:place] + bytes([dice.randrange(256)]) + raw[place:]
    elif way == "swap":
        place = next(n for n in range(place, 2 * len(raw)) if raw[n % len(raw)] != raw[(n + 1) % len(raw)]) % len(raw)
        other = (place + 1) % len(raw)
        turned = bytearray(raw)
        turned[place], turned[other] = turned[other], turned[place]
        raw = bytes(turned)
    else:
        raw = raw + b" "
    return (await knock(door, PATH, raw, headers)).status
