"""Connections, what came in, what goes out, what was given up."""

from typing import Any

import pytest

from accounts.models import AuditEntry, User
from chatops.models import Room, RoomStep
from common import clock
from common.errors import PartnerTrouble
from common.ids import digest
from common.pending import Pending
from connections import catalogue
from connections import operations as connecting
from connections.catalogue import Entry, EntryField
from connections.models import Attempt, Connection, Delivery, Lane, Received
from incidents.models import Reminder
from tests.cast import Api
from tests.factories import make_connection, make_delivery, make_incident, make_private_incident, make_received

pytestmark = pytest.mark.django_db

URL = "/api/v1/connections"


@pytest.fixture
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind with a keyed door, a signed one with secrets, and one that sets itself up."""
    catalogue.catalogue()
    for entry in (
        Entry("keyed", "Keyed source", "Alerts by address", keyed_doors=["keyed"]),
        Entry(
            "signed",
            "Signed source",
            "Signed alerts",
            fields=[
                EntryField("signing_secret", "Signing secret", is_secret=True, required=True, several=True),
                EntryField("api_key", "API key", is_secret=True),
                EntryField("region", "Region"),
            ],
            doors=["signed/events", "signed/more"],
        ),
        Entry("silent", "Silent", "Needs nothing", can_be_added=False),
    ):
        monkeypatch.setitem(catalogue._entries, entry.kind, entry)


def test_a_keyed_connection_shows_its_key_once(api: Api, ada: User, kinds: None) -> None:
    client = api(ada)

    made = client.post(URL, {"kind": "keyed", "name": "Prometheus", "settings": {}})

    body = made.json()
    assert made.status_code == 201
    assert body["hook_url"].startswith("http://testserver/hooks/keyed/")
    key = body["secrets"]["key"]
    assert body["hook_url"].endswith(f"/{key}")
    assert Connection.objects.get().key_digest == digest(key)
    later = client.get(made["Location"]).json()
    assert key not in str(later)
    assert later["hook_url"].endswith("/hooks/keyed/…")


def test_secrets_are_sealed_and_never_given_back(api: Api, ada: User, kinds: None) -> None:
    client = api(ada)

    made = client.post(URL, {"kind": "signed", "settings": {"signing_secret": "canary-secret", "region": "eu"}})

    row = Connection.objects.get()
    assert made.json()["settings"] == {"region": "eu"}
    assert made.json()["secrets_set"] == ["signing_secret"]
    assert made.json()["hook_urls"] == [
        "http://testserver/hooks/signed/events",
        "http://testserver/hooks/signed/more",
    ]
    assert row.secrets == {"signing_secret": "canary-secret"}
    assert row.name == "Signed source"
    everything = made.content + client.get(URL).content + client.get(f"{URL}/{row.pk}").content
    assert b"canary-secret" not in everything
    assert "canary-secret" not in str(list(AuditEntry.objects.values()))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "kind"),
        ({"kind": "ghost"}, "kind"),
        ({"kind": 5}, "kind"),
        ({"kind": "silent"}, "kind"),
        ({"kind": "signed"}, "settings.signing_secret"),
        ({"kind": "signed", "settings": {"signing_secret": "  "}}, "settings.signing_secret"),
        ({"kind": "signed", "settings": {"signing_secret": "x", "sining_secret": "y"}}, "settings.sining_secret"),
        ({"kind": "signed", "settings": {"signing_secret": {"a": 1}}}, "settings.signing_secret"),
        ({"kind": "signed", "settings": []}, "settings"),
        ({"kind": "keyed", "settings": "x"}, "settings"),
        ({"kind": "keyed", "name": "x" * 81}, "name"),
        ({"kind": "keyed", "nme": "x"}, "nme"),
    ],
)
def test_a_malformed_connection_is_named(api: Api, ada: User, kinds: None, body: Any, field: str) -> None:
    answer = api(ada).post(URL, body)

    assert answer.status_code == 400, answer.content
    assert answer.json()["field"] == field
    assert not Connection.objects.exists()


def test_changing_and_switching(api: Api, ada: User, kinds: None) -> None:
    client = api(ada)
    made = client.post(URL, {"kind": "signed", "settings": {"signing_secret": "one", "region": "eu"}})
    address = made["Location"]

    changed = client.patch(
        address, {"name": "Ours", "on": False, "settings": {"signing_secret": "two", "region": None, "api_key": "k"}}
    ).json()

    assert (changed["name"], changed["on"], changed["settings"]) == ("Ours", False, {})
    assert changed["secrets_set"] == ["api_key", "signing_secret"]
    assert Connection.objects.get().secrets == {"signing_secret": "two", "api_key": "k"}
    assert client.patch(address, {"settings": {"signing_secret": None}}).json()["field"] == "settings.signing_secret"
    assert client.patch(address, {"settings": {"ghost": 1}}).json()["field"] == "settings.ghost"
    assert client.patch(address, {"name": " "}).json()["field"] == "name"
    assert client.patch(address, {"on": True}).json()["on"] is True
    assert client.patch(address, {"on": False}).json()["on"] is False
    assert client.get(f"{URL}?on=1").json()["results"] == []
    assert len(client.get(f"{URL}?kind=signed").json()["results"]) == 1
    assert client.get(f"{URL}/999").status_code == 404


def test_what_the_environment_gives_is_changed_there(api: Api, ada: User, kinds: None) -> None:
    row = make_connection("signed", from_environment=True)

    assert api(ada).patch(f"{URL}/{row.pk}", {"on": False}).status_code == 409
    assert api(ada).patch(f"{URL}/{row.pk}", {"settings": {"region": "x"}}).status_code == 409
    assert api(ada).delete(f"{URL}/{row.pk}").status_code == 409
    assert api(ada).patch(f"{URL}/{row.pk}", {"name": "Ours"}).json()["name"] == "Ours"


def test_the_former_secret_stays_good_until_it_is_ended(api: Api, ada: User, kinds: None) -> None:
    client = api(ada)
    address = client.post(URL, {"kind": "signed", "settings": {"signing_secret": "one"}})["Location"]

    rotated = client.patch(address, {"settings": {"signing_secret": "two"}, "keep_former": ["signing_secret"]}).json()
    both = Connection.objects.get().secrets
    ended = client.post(f"{address}/end-former", {"secret": "signing_secret"}).json()

    assert rotated["secrets_rotating"] == ["signing_secret"]
    assert both == {"signing_secret": "two,one"}
    assert ended["secrets_rotating"] == []
    assert Connection.objects.get().secrets == {"signing_secret": "two"}
    assert client.post(f"{address}/end-former", {"secret": "signing_secret"}).status_code == 409
    actions = AuditEntry.objects.filter(subject_kind="connection").order_by("pk").values_list("action", "after")
    assert [action for action, _ in actions] == ["connection.made", "connection.changed", "connection.former_ended"]
    assert "two" not in str(list(actions))


def test_a_third_secret_pushes_the_oldest_out(api: Api, ada: User, kinds: None) -> None:
    client = api(ada)
    address = client.post(URL, {"kind": "signed", "settings": {"signing_secret": "two,one"}})["Location"]

    client.patch(address, {"settings": {"signing_secret": "three"}, "keep_former": ["signing_secret"]})

    assert Connection.objects.get().secrets == {"signing_secret": "three,two"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"settings": {"signing_secret": "one"}, "keep_former": ["signing_secret"]}, "settings.signing_secret"),
        ({"settings": {"signing_secret": "a,b"}, "keep_former": ["signing_secret"]}, "settings.signing_secret"),
        ({"settings": {"api_key": "k"}, "keep_former": ["api_key"]}, "keep_former"),
        ({"keep_former": ["signing_secret"]}, "keep_former"),
        ({"keep_former": "signing_secret"}, "keep_former"),
    ],
)
def test_a_rotation_that_makes_no_sense_is_named(api: Api, ada: User, kinds: None, body: Any, field: str) -> None:
    client = api(ada)
    address = client.post(URL, {"kind": "signed", "settings": {"signing_secret": "one"}})["Location"]

    answer = client.patch(address, body)

    assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert Connection.objects.get().secrets == {"signing_secret": "one"}


def test_a_new_key_leaves_the_former_address_good(api: Api, ada: User, kinds: None) -> None:
    client = api(ada)
    made = client.post(URL, {"kind": "keyed"})
    first = made.json()["secrets"]["key"]

    second = client.post(f"{made['Location']}/new-key")

    row = Connection.objects.get()
    assert second.status_code == 201
    assert second.json()["hook_url"].endswith(second.json()["secrets"]["key"])
    assert (row.key_digest, row.former_key_digest) == (digest(second.json()["secrets"]["key"]), digest(first))
    assert client.post(f"{made['Location']}/new-key").status_code == 409
    assert client.post(f"{made['Location']}/end-former", {"secret": "key"}).json()["secrets_rotating"] == []
    assert Connection.objects.get().former_key_digest == ""
    signed = make_connection("signed")
    assert client.post(f"{URL}/{signed.pk}/new-key").status_code == 409


def test_removing_ends_it_and_keeps_what_came_in(api: Api, ada: User, kinds: None) -> None:
    row = make_connection("signed", secrets={"signing_secret": "one"}, key="k")
    make_received(row, outcome="done", state="done")
    waiting = make_delivery(row)
    client = api(ada)

    answer = client.delete(f"{URL}/{row.pk}")

    row.refresh_from_db()
    waiting.refresh_from_db()
    assert answer.status_code == 204
    assert (row.is_on, row.sealed_secrets, row.key_digest) == (False, "", "")
    assert client.get(URL).json()["results"] == []
    assert len(client.get(f"{URL}?removed=1").json()["results"]) == 1
    assert client.get(f"{URL}/{row.pk}").json()["removed_at"]
    assert len(client.get(f"{URL}/{row.pk}/events").json()["results"]) == 1
    assert waiting.last_error == "superseded: the connection was removed"
    assert AuditEntry.objects.get(action="connection.removed").after == {"unsent": 1}
    for again in (
        client.delete(f"{URL}/{row.pk}"),
        client.patch(f"{URL}/{row.pk}", {"on": True}),
        client.post(f"{URL}/{row.pk}/new-key"),
        client.post(f"/api/v1/deliveries/{waiting.pk}/retry"),
    ):
        assert again.status_code == 409, again.content
    assert client.post(f"{URL}/{row.pk}/test").status_code == 404


def test_what_the_environment_gave_can_be_removed_once_it_is_off(api: Api, ada: User, kinds: None) -> None:
    row = make_connection("signed", from_environment=True, is_on=False)

    assert api(ada).delete(f"{URL}/{row.pk}").status_code == 204
    assert not Connection.objects.get().from_environment


def test_rooms_of_a_removed_chat_are_left(api: Api, ada: User, bo: User) -> None:
    row = make_connection("fakechat", settings={"announce_channel": "C1"})
    incident = make_incident(by=bo)

    api(ada).delete(f"{URL}/{row.pk}")
    api(bo).patch(f"/api/v1/incidents/{incident.pk}", {"title": "Checkout is down"})

    assert not Room.objects.filter(is_current=True).exists()
    assert not RoomStep.objects.exclude(state=Pending.DONE).exists()
    assert not Delivery.objects.filter(dead_at__isnull=True).exists()


def test_secrets_that_no_key_opens_are_entered_again(api: Api, ada: User, kinds: None) -> None:
    row = make_connection("signed")
    Connection.objects.filter(pk=row.pk).update(sealed_secrets="gAAAAAnonsense")
    client = api(ada)

    assert client.get(f"{URL}/{row.pk}").json()["secrets_set"] == []
    client.patch(f"{URL}/{row.pk}", {"settings": {"signing_secret": "new"}})

    assert Connection.objects.get().secrets == {"signing_secret": "new"}


def test_an_integration_that_is_gone_leaves_its_page_working(api: Api, ada: User) -> None:
    row = make_connection("vanished", secrets={"a": "b"})

    body = api(ada).get(f"{URL}/{row.pk}").json()

    assert body["is_installed"] is False
    assert body["hook_url"] is None
    assert api(ada).patch(f"{URL}/{row.pk}", {"settings": {"a": "c"}}).status_code == 409


def test_testing(api: Api, ada: User, monkeypatch: Any) -> None:
    row = make_connection("vanished")
    client = api(ada)
    assert client.post(f"{URL}/{row.pk}/test").json()["ok"] is False

    def refused(found: Connection) -> str:
        raise PartnerTrouble("The key is not known there.", permanent=True)

    monkeypatch.setitem(connecting._testers, "vanished", refused)

    assert client.post(f"{URL}/{row.pk}/test").json() == {"ok": False, "text": "The key is not known there."}
    assert client.get(f"{URL}/{row.pk}").json()["trouble"] == "The key is not known there."


def test_kinds_are_described(api: Api, ada: User, kinds: None) -> None:
    listed = {kind["kind"]: kind for kind in api(ada).get("/api/v1/connection-kinds").json()}

    assert listed["silent"]["can_be_added"] is False
    assert listed["signed"]["settings"][0]["is_secret"] is True
    assert "bridge" in listed


def test_what_came_in(api: Api, ada: User) -> None:
    row = make_connection("keyed")
    make_received(row, b'{"a": 1}', outcome="done", outcome_text="declared #1", state="done")
    failed = make_received(row, b"\xff\x00", outcome="failed", outcome_text="not JSON", headers={"x": "y"})
    make_received(row)
    client = api(ada)

    listed = client.get(f"{URL}/{row.pk}/events").json()["results"]
    detail = client.get(f"{URL}/{row.pk}/events/{failed.pk}").json()

    assert [event["outcome"] for event in listed] == ["new", "failed", "done"]
    assert "body" not in listed[0]
    assert detail["body"] == "\ufffd\x00"
    assert detail["headers"] == {"x": "y"}
    assert len(client.get(f"{URL}/{row.pk}/events?outcome=new").json()["results"]) == 1
    assert client.get(f"{URL}/{row.pk}/events?outcome=x").json()["field"] == "outcome"
    assert client.get(f"{URL}/999/events").status_code == 404
    assert client.get(f"{URL}/{make_connection('other').pk}/events/{failed.pk}").status_code == 404


def test_private_events_keep_their_body(api: Api, ada: User, bo: User) -> None:
    row = make_connection("keyed")
    private, open_one = make_private_incident(by=bo), make_incident()
    for number in (private.pk, open_one.pk, None):
        make_received(
            row, b"canary-body", incident_number=number, is_private=number != open_one.pk, outcome_text="canary-text"
        )
    client = api(ada)

    listed = client.get(f"{URL}/{row.pk}/events").json()["results"]
    read = [client.get(f"{URL}/{row.pk}/events/{event['id']}").json() for event in listed]

    assert [event["hidden"] for event in listed] == [True, False, True]
    assert [("canary" in str(event)) for event in read] == [False, True, False]
    assert [event["incident"] for event in read] == [None, open_one.pk, None]
    client.post(f"/api/v1/incidents/{private.pk}/join")
    assert "canary" in str(client.get(f"{URL}/{row.pk}/events/{listed[2]['id']}").json())


def test_only_administrators_with_the_scope(api: Api, ada: User, bo: User, dan: User) -> None:
    row = make_connection("keyed")
    event, delivery = make_received(row), make_delivery(row)
    addresses = [
        URL,
        f"{URL}/{row.pk}",
        f"{URL}/{row.pk}/events",
        f"{URL}/{row.pk}/events/{event.pk}",
        "/api/v1/connection-kinds",
        "/api/v1/deliveries",
        f"/api/v1/deliveries/{delivery.pk}",
        "/api/v1/dead-letters",
    ]

    for address in addresses:
        assert api().get(address).status_code == 401
        assert [api(bo).get(address).status_code, api(dan).get(address).status_code] == [403, 403]
        assert api(ada, "read", "write").get(address).status_code == 403
        assert api(ada, "admin").get(address).status_code == 200
    assert api(bo).post(URL, {"kind": "keyed"}).status_code == 403
    assert api(bo).post(f"{URL}/{row.pk}/test").status_code == 403
    assert api(bo).delete(f"{URL}/{row.pk}").status_code == 403


# --- deliveries -------------------------------------------------------------------------------------


def test_deliveries_by_state(api: Api, ada: User) -> None:
    row = make_connection("keyed")
    waiting = make_delivery(row)
    shown = make_delivery(row, shown=1)
    failed = make_delivery(row, dead_at=clock.now(), last_error="channel_is_archived", attempt_count=5)
    Attempt.objects.create(delivery=failed, version=1, ok=False, error="channel_is_archived")
    client = api(ada)

    def ids(query: str) -> list[int]:
        return [each["id"] for each in client.get(f"/api/v1/deliveries?{query}").json()["results"]]

    assert ids("state=waiting") == [waiting.pk]
    assert ids("state=shown") == [shown.pk]
    assert ids("state=failed") == [failed.pk]
    assert ids(f"connection={row.pk}") == [failed.pk, shown.pk, waiting.pk]
    assert ids("connection=999") == []
    assert client.get("/api/v1/deliveries?state=lost").json()["field"] == "state"
    assert client.get("/api/v1/deliveries?connection=x").json()["field"] == "connection"
    detail = client.get(f"/api/v1/deliveries/{failed.pk}").json()
    assert detail["attempts"][0]["error"] == "channel_is_archived"


def test_a_failed_delivery_is_tried_again(api: Api, ada: User) -> None:
    row = make_connection("keyed")
    failed = make_delivery(row, dead_at=clock.now(), attempt_count=5)
    shown = make_delivery(row, shown=1)
    client = api(ada)

    answer = client.post(f"/api/v1/deliveries/{failed.pk}/retry")

    assert answer.json()["state"] == "waiting"
    assert Lane.objects.get().due_at is not None
    assert AuditEntry.objects.filter(action="delivery.retried").exists()
    assert client.post(f"/api/v1/deliveries/{shown.pk}/retry").status_code == 409
    assert client.post("/api/v1/deliveries/999/retry").status_code == 404


def test_deliveries_of_private_incidents_are_for_members(api: Api, ada: User, bo: User) -> None:
    private = make_private_incident(by=bo)
    delivery = make_delivery(
        make_connection("keyed"), incident_number=private.pk, dead_at=clock.now(), last_error="canary"
    )

    assert api(ada).get("/api/v1/deliveries").json()["results"] == []
    assert api(ada).get(f"/api/v1/deliveries/{delivery.pk}").status_code == 404
    assert api(ada).post(f"/api/v1/deliveries/{delivery.pk}/retry").status_code == 404


# --- dead letters -----------------------------------------------------------------------------------


def test_everything_given_up_is_listed_and_revived(api: Api, ada: User, bo: User) -> None:
    row = make_connection("keyed")
    incident, private = make_incident(), make_private_incident("canary-title", by=bo)
    dead = {"state": Pending.DEAD, "attempts": 5}
    for n in range(3):
        make_received(row, last_error=f"error {n}", **dead)
    make_received(row, incident_number=private.pk, last_error="canary", **dead)
    Reminder.objects.filter(incident__in=[incident, private], kind="severity").update(last_error="canary?", **dead)
    lane = Lane.objects.create(connection=row, kind="chat", key="x")
    room = Room.objects.create(incident=private, connection=row, lane=lane, name="canary")
    RoomStep.objects.create(room=room, name="create", **dead)
    client = api(ada)

    found: list[Any] = []
    address: str | None = "/api/v1/dead-letters?page_size=2"
    while address:
        page = client.get(address).json()
        found += page["results"]
        address = page["next"]

    assert [letter["table"] for letter in found] == ["connections.received"] * 3 + ["incidents.reminder"]
    assert [letter["incident"] for letter in found] == [None, None, None, incident.pk]
    assert "canary-title" not in str(found)
    only = client.get("/api/v1/dead-letters?table=incidents.reminder").json()["results"]
    assert len(only) == 1
    retried = client.post(f"/api/v1/dead-letters/connections.received/{found[0]['id']}/retry")
    assert retried.status_code == 202
    assert Received.objects.get(pk=found[0]["id"]).state == Pending.WAITING
    assert client.post(f"/api/v1/dead-letters/connections.received/{found[0]['id']}/retry").status_code == 404
    assert client.post("/api/v1/dead-letters/accounts.user/1/retry").status_code == 404
    step = RoomStep.objects.get()
    assert client.post(f"/api/v1/dead-letters/chatops.roomstep/{step.pk}/retry").status_code == 404
    for cursor in ("x", "e30", "OjE", "YTo5OTk5OTk5OTk5OTk5OTk5OTk5OTk5"):
        assert client.get(f"/api/v1/dead-letters?cursor={cursor}").status_code in (200, 400)


# --- rooms ------------------------------------------------------------------------------------------


def test_rooms_show_their_steps_and_a_step_is_tried_again(api: Api, ada: User, bo: User, dan: User) -> None:
    row = make_connection("keyed")
    incident = make_incident(by=bo)
    lane = Lane.objects.create(connection=row, kind="chat", key="x")
    room = Room.objects.create(incident=incident, connection=row, lane=lane, name="inc-1")
    RoomStep.objects.create(room=room, name="create", state=Pending.DEAD, last_error="name_taken", attempts=5)
    RoomStep.objects.create(room=room, name="topic", position=1, state=Pending.DONE, done_at=clock.now())
    address = f"/api/v1/rooms/{room.pk}/steps"

    listed = api(dan).get(f"/api/v1/incidents/{incident.pk}/rooms").json()["results"]

    assert [step["state"] for step in listed[0]["steps"]] == ["dead", "done"]
    assert api(dan).post(f"{address}/create/retry").status_code == 403
    assert api(bo).post(f"{address}/create/retry").json()["state"] == "waiting"
    assert api(bo).post(f"{address}/topic/retry").status_code == 409
    assert api(bo).post(f"{address}/ghost/retry").status_code == 404
    assert api(bo).post("/api/v1/rooms/999/steps/create/retry").status_code == 404


def test_rooms_of_private_incidents_are_hidden(api: Api, ada: User, bo: User) -> None:
    row = make_connection("keyed")
    private = make_private_incident(by=bo)
    lane = Lane.objects.create(connection=row, kind="chat", key="x")
    room = Room.objects.create(incident=private, connection=row, lane=lane, name="canary")
    RoomStep.objects.create(room=room, name="create", state=Pending.DEAD)

    assert api(ada).get(f"/api/v1/incidents/{private.pk}/rooms").status_code == 404
    hidden = api(ada).post(f"/api/v1/rooms/{room.pk}/steps/create/retry")
    unknown = api(ada).post("/api/v1/rooms/999/steps/create/retry")
    assert hidden.json() == unknown.json()
    assert Delivery.objects.count() == 0
