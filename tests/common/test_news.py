"""News joins the transaction that made it true."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.db import transaction

from common import news
from connections.models import Connection


@dataclass(frozen=True)
class Something:
    name: str


@pytest.fixture
def listeners() -> Iterator[None]:
    yield
    news._listeners.pop(Something, None)


@pytest.mark.usefixtures("committed")
def test_telling_outside_a_transaction_is_refused(listeners: None) -> None:
    heard: list[Something] = []
    news.listens(Something)(heard.append)

    with pytest.raises(news.ToldOutsideTransaction):
        news.tell(Something("too late"))

    assert heard == []


@pytest.mark.usefixtures("committed")
def test_a_listener_that_fails_takes_the_change_back(listeners: None) -> None:
    @news.listens(Something)
    def fail(item: Something) -> None:
        Connection.objects.create(kind="fakechat", name="made by a listener")
        raise RuntimeError("no")

    @transaction.atomic
    def make() -> None:
        Connection.objects.create(kind="fakechat", name="made")
        news.tell(Something("made"))

    with pytest.raises(RuntimeError):
        make()

    assert Connection.objects.count() == 0


@pytest.mark.usefixtures("committed")
def test_everybody_who_listens_hears_it_once(listeners: None) -> None:
    heard: list[str] = []

    def first(item: Something) -> None:
        heard.append(f"first {item.name}")

    news.listens(Something)(first)
    news.listens(Something)(first)
    news.listens(Something)(lambda item: heard.append(f"second {item.name}"))

    with transaction.atomic():
        news.tell(Something("x"))

    assert heard == ["first x", "second x"]
