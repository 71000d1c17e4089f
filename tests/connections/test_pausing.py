"""A chat that is said to be down, whatever its vendor: nothing is made or sent there until somebody says otherwise."""

import pytest

from accounts.actors import Actor
from chatops.models import Room
from common.errors import Conflict
from common.pending import pending_tables
from common.work import work_off
from connections.changes import remove_connection
from connections.models import Connection
from connections.operations import switch_connection
from connections.pausing import pause_connection, resume_connection
from incidents.operations.declare import declare_incident
from integrations.fakechat.models import FakeMessage
from tests.factories import make_connection

pytestmark = pytest.mark.django_db


@pytest.fixture
def chat(db: None) -> Connection:
    return make_connection("fakechat")


def _work() -> None:
    while sum(work_off(table._meta.label_lower) for table in pending_tables()):
        continue


def test_no_channel_is_made_and_nothing_posted_until_it_goes_on(chat: Connection, actor_ada: Actor) -> None:
    pause_connection(connection=chat, by=actor_ada)
    declare_incident(title="Checkout 5xx", by=actor_ada)
    _work()
    assert (Room.objects.get().outside_id, FakeMessage.objects.count()) == ("", 0)

    resume_connection(connection=chat, by=actor_ada)
    _work()

    assert Room.objects.get().outside_id
    assert FakeMessage.objects.exists()


def test_twice_is_once(chat: Connection, actor_ada: Actor) -> None:
    pause_connection(connection=chat, by=actor_ada)
    since = Connection.objects.get().paused_at
    pause_connection(connection=chat, by=actor_ada)

    assert Connection.objects.get().paused_at == since
    resume_connection(connection=chat, by=actor_ada)
    resume_connection(connection=chat, by=actor_ada)
    assert Connection.objects.get().paused_at is None


def test_what_is_off_or_gone_is_not_paused(chat: Connection, actor_ada: Actor) -> None:
    switch_connection(connection=chat, on=False, by=actor_ada)
    with pytest.raises(Conflict):
        pause_connection(connection=chat, by=actor_ada)

    remove_connection(connection=chat, by=actor_ada)
    with pytest.raises(Conflict):
        resume_connection(connection=chat, by=actor_ada)
