"""A mail server that hangs: it holds a few threads for a moment, and nobody else waits for it."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.core.mail import EmailMessage

from common.errors import PartnerTrouble
from connections.models import Connection
from integrations.email import mailing
from tests.factories.paging import make_mail

pytestmark = pytest.mark.django_db


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Takes connections and never says a word."""
    monkeypatch.setattr(mailing, "_TIMEOUT", 5)
    # The threads share no transaction with this test.
    monkeypatch.setattr(mailing, "in_trouble", lambda connection, text: None)
    cache.clear()
    with socket.create_server(("127.0.0.1", 0), backlog=50) as server:
        yield f"smtp://127.0.0.1:{server.getsockname()[1]}"
    cache.clear()


def test_of_many_at_once_a_few_wait_and_the_others_are_told_to_come_back(silent: str) -> None:
    connection = make_mail(silent)
    took: list[float] = []

    def send() -> None:
        begun = time.monotonic()
        with pytest.raises(PartnerTrouble):
            _send(connection)
        took.append(time.monotonic() - begun)

    threads = [threading.Thread(target=send, daemon=True) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len(took) == 10
    assert sum(seconds > 4 for seconds in took) <= mailing._AT_ONCE


def test_after_a_few_without_an_answer_nothing_is_tried_for_a_while() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    connection = make_mail(f"smtp://127.0.0.1:{port}")
    cache.clear()
    said = []
    for _ in range(6):
        with pytest.raises(PartnerTrouble) as trouble:
            _send(connection)
        said.append(trouble.value)
    cache.clear()

    assert [one.retry_after is not None for one in said] == [False] * 5 + [True]
    assert "mail server does not answer" in said[-1].message


def _send(connection: Connection) -> None:
    mailing.send(connection, EmailMessage(subject="s", body="b", from_email="a@example.com", to=["b@example.com"]))
