"""The pages of a connection: its values, rotating, events with retry, and its end."""

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.actors import Actor
from accounts.models import AuditEntry, User
from common.pending import Pending, pending_tables
from common.work import work_off
from connections import catalogue
from connections.catalogue import Entry, EntryField
from connections.models import Connection, Received
from incidents.operations import facts, talk
from integrations.fakechat.models import FakeMessage
from tests.factories import make_connection, make_incident, make_private_incident, make_received

pytestmark = pytest.mark.django_db

SECRET = "canary-secret-1"


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind with secrets and a setting, and one with a keyed address."""
    catalogue.catalogue()
    fields = [
        EntryField("signing_secret", "Signing secret", is_secret=True, required=True, several=True),
        EntryField("api_key", "API key", is_secret=True),
        EntryField("region", "Region"),
    ]
    for entry in (
        Entry("signed", "Signed source", "Signed alerts", fields=fields, doors=["signed/events"]),
        Entry("keyed", "Keyed source", "Alerts by address", keyed_doors=["keyed"]),
    ):
        monkeypatch.setitem(catalogue._entries, entry.kind, entry)


@pytest.fixture
def signed(db: None) -> Connection:
    return make_connection(
        "signed", name="Ours", secrets={"signing_secret": SECRET, "api_key": "k"}, settings={"region": "eu"}
    )


@pytest.fixture
def admin(client: Client, ada: User) -> Client:
    client.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer
    return answer.content.decode()


def test_no_page_shows_a_secret(admin: Client, signed: Connection) -> None:
    pages = [text(admin, f"/connections/{signed.pk}{tail}") for tail in ("", "/edit", "/remove")]

    assert not [page for page in pages if SECRET in page]
    assert "eu" in pages[0]


def test_settings_are_for_administrators(client: Client, bo: User, signed: Connection) -> None:
    client.force_login(bo, backend="allauth.account.auth_backends.AuthenticationBackend")

    page = text(client, f"/connections/{signed.pk}")

    assert "Region" not in page
    assert f"/connections/{signed.pk}/edit" not in page
    assert client.post(f"/connections/{signed.pk}/edit", {"name": "Mine"}).status_code == 403
    assert Connection.objects.get().name == "Ours"


def test_what_is_left_empty_stays(admin: Client, signed: Connection) -> None:
    answer = admin.post(f"/connections/{signed.pk}/edit", {"name": "Theirs", "set-region": "us"})

    signed.refresh_from_db()
    assert answer.status_code == 302
    assert (signed.name, signed.settings) == ("Theirs", {"region": "us"})
    assert signed.secrets == {"signing_secret": SECRET, "api_key": "k"}
    assert SECRET not in str(AuditEntry.objects.filter(action="connection.changed").values())


def test_a_new_secret_stands_beside_the_former_one(admin: Client, signed: Connection) -> None:
    form = {"name": "Ours", "set-region": "eu", "set-signing_secret": "two", "keep-signing_secret": "1"}

    admin.post(f"/connections/{signed.pk}/edit", form)
    signed.refresh_from_db()
    both = signed.secrets["signing_secret"]
    page = text(admin, f"/connections/{signed.pk}")
    admin.post(f"/connections/{signed.pk}/end-former", {"secret": "signing_secret"})

    signed.refresh_from_db()
    assert both == f"two,{SECRET}"
    assert "End the former one" in page
    assert signed.secrets["signing_secret"] == "two"


def test_without_the_mark_the_new_secret_replaces_the_former_one(admin: Client, signed: Connection) -> None:
    admin.post(f"/connections/{signed.pk}/edit", {"name": "Ours", "set-signing_secret": "two"})

    signed.refresh_from_db()
    assert signed.secrets["signing_secret"] == "two"


def test_an_optional_secret_can_be_taken_away(admin: Client, signed: Connection) -> None:
    admin.post(f"/connections/{signed.pk}/edit", {"name": "Ours", "drop-api_key": "1"})

    signed.refresh_from_db()
    assert signed.secrets == {"signing_secret": SECRET}


def test_a_required_one_can_not_and_the_form_says_so(admin: Client, signed: Connection) -> None:
    answer = admin.post(f"/connections/{signed.pk}/edit", {"name": "Ours", "drop-signing_secret": "1"})

    signed.refresh_from_db()
    assert answer.status_code == 400
    assert "Signing secret is needed." in answer.content.decode()
    assert signed.secrets["signing_secret"] == SECRET


def test_the_environments_connection_keeps_its_values(admin: Client) -> None:
    row = make_connection("signed", from_environment=True, secrets={"signing_secret": SECRET})

    answer = admin.post(f"/connections/{row.pk}/edit", {"name": "Renamed", "set-signing_secret": "two"})

    row.refresh_from_db()
    assert answer.status_code == 302
    assert (row.name, row.secrets) == ("Renamed", {"signing_secret": SECRET})
    assert admin.post(f"/connections/{row.pk}/remove").status_code == 409


def test_a_new_address_is_shown_once(admin: Client) -> None:
    row = make_connection("keyed", key="first")

    answer = admin.post(f"/connections/{row.pk}/new-key")
    later = text(admin, f"/connections/{row.pk}")

    assert answer.status_code == 201
    assert "/hooks/keyed/" in answer.content.decode()
    assert "/hooks/keyed/" not in later
    assert "Key of the address" in later


def test_a_failed_event_is_looked_at_again(admin: Client, signed: Connection) -> None:
    failed = make_received(signed, state=Pending.DEAD, outcome="failed", outcome_text="not JSON")

    page = text(admin, f"/connections/{signed.pk}")
    answer = admin.post(f"/connections/{signed.pk}/events/{failed.pk}/retry")

    failed.refresh_from_db()
    assert f"/events/{failed.pk}/retry" in page
    assert (answer.status_code, failed.state) == (302, Pending.WAITING)
    assert AuditEntry.objects.filter(action="retried", subject_id=str(failed.pk)).count() == 1
    assert admin.post(f"/connections/{signed.pk}/events/{failed.pk}/retry").status_code == 409


def test_what_has_no_body_is_not_offered_again(admin: Client, signed: Connection) -> None:
    failed = make_received(signed, state=Pending.DEAD, outcome="failed")
    type(failed).objects.update(sealed_body=None)

    page = text(admin, f"/connections/{signed.pk}")

    assert f"/events/{failed.pk}/retry" not in page
    assert admin.post(f"/connections/{signed.pk}/events/{failed.pk}/retry").status_code == 409


def test_events_of_a_private_incident_are_for_its_members(admin: Client, bo: User, signed: Connection) -> None:
    incident = make_private_incident(by=bo)
    event = make_received(
        signed, state=Pending.DEAD, incident_number=incident.pk, is_private=True, outcome_text="canary-text"
    )
    address = f"/connections/{signed.pk}"

    outside = text(admin, address)
    refused = admin.post(f"{address}/events/{event.pk}/retry")
    admin.force_login(bo, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert "canary-text" not in outside
    assert refused.status_code == 404
    assert "canary-text" in text(admin, address)


def test_removing_is_asked_with_what_is_lost_and_kept(admin: Client, signed: Connection) -> None:
    make_received(signed, state=Pending.DONE, outcome="done")

    question = text(admin, f"/connections/{signed.pk}/remove")
    answer = admin.post(f"/connections/{signed.pk}/remove")
    page = text(admin, f"/connections/{signed.pk}")

    assert "1 event that came in" in question
    assert answer.status_code == 302
    assert "Removed" in page
    assert "Try again" not in page
    assert admin.get(f"/connections/{signed.pk}/edit").status_code == 404


def test_after_a_removal_the_rooms_go_on_and_doctor_has_nothing_against_it(admin: Client, ada: User) -> None:
    chat = make_connection("fakechat", settings={"announce_channel": "C1"})
    incident = make_incident(by=ada)
    by = Actor.person(ada, "web")
    _work_everything_off()
    talk.say(number=incident.pk, text="before", by=by)
    make_received(chat)

    admin.post(f"/connections/{chat.pk}/remove")
    talk.say(number=incident.pk, text="after", by=by)
    facts.set_severity(number=incident.pk, severity=1, by=by)
    fresh = make_incident("Search is slow", by=ada)
    _work_everything_off()

    assert not FakeMessage.objects.filter(marker__startswith="event:").exists()
    assert not fresh.rooms.exists()
    assert "after" in text(admin, f"/incidents/{incident.pk}")
    assert Received.objects.get().outcome
    call_command("doctor")


def _work_everything_off() -> None:
    for _ in range(4):
        for table in pending_tables():
            work_off(table._meta.label_lower)
