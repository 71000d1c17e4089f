"""The Test button of a PagerDuty connection: what works, what does not, and what to do next."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from common import clock
from common.errors import PartnerTrouble
from connections.models import Connection
from connections.operations import test_connection as press_test
from integrations.pagerduty import upstream
from integrations.pagerduty.upstream import upstream_of
from tests.factories import make_connection
from tests.fakes.pagerduty import KEY, FakePagerDuty


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakePagerDuty]:
    monkeypatch.setattr(upstream, "_FIRST_PAUSE", 0.01)
    with FakePagerDuty() as found:
        found.add("Q1INC007", title="Checkout answers 5xx")
        yield found
    assert found.violations == []


@pytest.fixture
def connection(db: None, fake: FakePagerDuty, settings: Any) -> Connection:
    settings.PAGERDUTY_API_URL = fake.url
    return make_connection(
        "pagerduty",
        secrets={"webhook_secret": "s", "api_key": KEY},
        last_event_at=clock.now(),
    )


def _put(connection: Connection, **secrets: str) -> None:
    connection.put_secrets(secrets)
    connection.save()


def test_says_what_works(connection: Connection) -> None:
    works, words = press_test(connection)

    assert works
    assert words == (
        f"The webhook works: the last one came on {connection.last_event_at:%Y-%m-%d at %H:%M} UTC."
        " PagerDuty answers, and the key may read incidents, at this moment “Checkout answers 5xx”."
    )


def test_an_old_trouble_is_over(connection: Connection) -> None:
    Connection.objects.filter(pk=connection.pk).update(trouble="It was broken", trouble_since=clock.now())

    press_test(connection)

    connection.refresh_from_db()
    assert (connection.trouble, connection.trouble_since) == ("", None)


def test_a_key_that_does_not_work_is_said_without_naming_it(connection: Connection, fake: FakePagerDuty) -> None:
    _put(connection, webhook_secret="s", api_key="invented-but-wrong")

    works, words = press_test(connection)

    assert not works
    assert "does not accept the API access key; enter one from Integrations > API Access Keys" in words
    assert words.endswith("Webhooks need no key and go on.")
    assert "wrong" not in words
    assert [entry.status for entry in fake.journal] == [401]
    connection.refresh_from_db()
    assert connection.trouble == words


def test_without_a_key_nothing_is_asked_and_nothing_is_wrong(connection: Connection, fake: FakePagerDuty) -> None:
    _put(connection, webhook_secret="s")

    works, words = press_test(connection)

    assert works
    assert words.endswith("There is no API access key; webhooks need none.")
    assert fake.journal == []
    with pytest.raises(PartnerTrouble, match="There is no API access key: make one"):
        upstream_of(connection)


@pytest.mark.parametrize("secret", ["", " , "])
def test_without_a_webhook_secret_it_says_what_to_enter(connection: Connection, secret: str) -> None:
    _put(connection, webhook_secret=secret, api_key=KEY)

    works, words = press_test(connection)

    assert not works
    assert words.startswith("The webhook signing secret is not set, so every webhook is refused: enter the one")


def test_before_the_first_webhook_it_says_how_to_send_one(connection: Connection) -> None:
    Connection.objects.filter(pk=connection.pk).update(last_event_at=None)
    connection.refresh_from_db()

    works, words = press_test(connection)

    assert works
    assert "no webhook came yet: in PagerDuty open the webhook and choose Send Test Event." in words


def test_only_refused_webhooks_mean_another_secret(connection: Connection) -> None:
    Connection.objects.filter(pk=connection.pk).update(last_event_at=None, refused_count=3)
    connection.refresh_from_db()

    works, words = press_test(connection)

    assert not works
    assert "requests were refused (3): the webhook signing secret here is another than the webhook's" in words


def test_the_button_of_the_page_says_it(client: Client, ada: User, connection: Connection) -> None:
    client.force_login(ada)

    page = client.post(f"/connections/{connection.pk}/test", follow=True).content.decode()

    assert "the key may read incidents" in page
