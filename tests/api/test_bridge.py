"""Any other chat bot: commands and lines by bridge, exactly as the contract says."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import AuditEntry, Identity, Role, User
from chatops.models import Heard, Room
from common import clock
from connections.models import Connection, Delivery, Lane
from incidents.models import Incident, TimelineEvent
from tests.cast import Api
from tests.factories import link_identity, make_incident, make_private_incident

pytestmark = pytest.mark.django_db

COMMANDS, MESSAGES = "/api/v1/chat/commands", "/api/v1/chat/messages"


def typed(text: str, message_id: str = "m-1", *, who: str = "bo", room: str = "ops", **more: Any) -> dict[str, Any]:
    return {
        "text": text,
        "user": {"id": f"U-{who}", "name": who, "email": f"{who}@example.com"},
        "room": {"id": room, "name": f"#{room}"},
        "message_id": message_id,
        **more,
    }


@pytest.fixture
def bridge(api: Api, ada: User, bo: User) -> Any:
    """A bridge of Ada's that may vouch for addresses."""
    return api(ada, "chat", trusts_emails=True)


def test_the_contracts_own_example(api: Api, ada: User, services: Any) -> None:
    client = api(ada, "chat")

    answer = client.post(
        COMMANDS,
        {
            "text": "/incident create Checkout 5xx --sev 1",
            "user": {"id": "U7", "name": "ana", "email": "ana@example.com"},
            "room": {"id": "ops", "name": "#ops"},
            "message_id": "m-1",
        },
    )

    assert answer.status_code == 200
    assert set(answer.json()) == {"visibility", "text", "incident"}
    incident = Incident.objects.get(pk=answer.json()["incident"])
    assert (incident.title, incident.severity, incident.declared_by_name) == ("Checkout 5xx", 1, "ana")
    assert answer.json()["visibility"] == "room"


def test_a_repeated_message_id_does_nothing_twice(bridge: Any) -> None:
    first = bridge.post(COMMANDS, typed("/incident create Checkout 5xx"))
    again = bridge.post(COMMANDS, typed("/incident create Checkout 5xx"))

    assert again.json() == first.json()
    assert Incident.objects.count() == 1
    assert Heard.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_repeats_that_come_at_once_wait_for_the_first(bridge: Any) -> None:
    header = bridge._credentials

    def post(_: int) -> tuple[int, Any]:
        client = APIClient()
        client.credentials(**header)
        try:
            answer = client.post(COMMANDS, typed("/incident create Checkout 5xx"))
            return answer.status_code, answer.json()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(post, range(16)))

    assert all(answer == answers[0] for answer in answers)
    assert answers[0][0] == 200
    assert Incident.objects.count() == Connection.objects.count() == Room.objects.count() == 1


def test_the_same_number_in_another_room_is_another_message(bridge: Any) -> None:
    bridge.post(COMMANDS, typed("/incident create One", "1", room="a"))
    bridge.post(COMMANDS, typed("/incident create Two", "1", room="b"))

    assert Incident.objects.count() == 2


def test_two_bridges_do_not_share_ids(bridge: Any, api: Api, ada: User) -> None:
    bridge.post(COMMANDS, typed("/incident create One"))
    answer = api(ada, "chat").post(COMMANDS, typed("/incident create Two"))

    assert Incident.objects.get(pk=answer.json()["incident"]).title == "Two"


def alone(text: str, message_id: str, who: str) -> dict[str, Any]:
    """A direct message: it names no room."""
    body = typed(text, message_id, who=who)
    del body["room"]
    return body


def test_two_people_who_write_to_the_bot_alone_may_have_the_same_number(bridge: Any, bo: User, dan: User) -> None:
    incident = make_private_incident("Leak canary-71", by=bo)

    his = bridge.post(COMMANDS, alone(f"/incident show #{incident.pk}", "1", "bo"))
    theirs = bridge.post(COMMANDS, alone("/incident create Mail is slow", "1", "dan"))
    again = bridge.post(COMMANDS, alone("/incident create Mail is slow", "1", "dan"))

    assert "canary-71" in his.json()["text"]
    assert "canary-71" not in theirs.content.decode()
    assert Incident.objects.get(pk=theirs.json()["incident"]).title == "Mail is slow"
    assert again.json() == theirs.json()
    assert Incident.objects.count() == 2


def test_a_title_calls_nobody_and_hides_no_link(bridge: Any) -> None:
    title = "@here <!channel> **x** [x](http://evil.example) <http://evil.example|login>"

    text = bridge.post(COMMANDS, typed(f"/incident create {title}")).json()["text"]

    for sign in ("@here", "<!", "](", "**", "<http"):
        assert sign not in text, sign
    assert "here" in text.splitlines()[0]


def test_a_line_given_back_calls_nobody_either(bridge: Any) -> None:
    text = bridge.post(COMMANDS, typed("/incident resolv <!channel> <@U1>")).json()["text"]

    assert "```" in text
    assert "<!" not in text
    assert "<@" not in text


def test_only_who_lacks_rights_is_asked_to_link(bridge: Any) -> None:
    incident = make_incident()
    typos = [
        bridge.post(COMMANDS, typed(line, f"t-{n}", who="ana")).json()["text"]
        for n, line in enumerate(
            ("/incident resolv", "/incident", "/nonsense", "/incident show #99999", "/incident sev x")
        )
    ]
    stopped = [
        bridge.post(COMMANDS, typed(line, f"s-{n}", who="ana")).json()["text"]
        for n, line in enumerate(
            (f"/incident resolve #{incident.pk}", "/incident list mine", f"/incident take lead #{incident.pk}")
        )
    ]
    declared = bridge.post(COMMANDS, typed("/incident create One", "d", who="ana")).json()["text"]

    assert not [text for text in typos if "account" in text]
    assert not [text for text in stopped if "/me/link/" not in text]
    assert "http://testserver/me" in declared
    assert "/me/link/" not in declared


def test_the_connections_page_says_when_something_came(bridge: Any, browser_page: Any) -> None:
    before = clock.now()
    bridge.post(COMMANDS, typed("/incident create One"))
    row = Connection.objects.get(kind="bridge")

    page = browser_page(f"/connections/{row.pk}")

    assert row.last_event_at is not None
    assert row.last_event_at >= before
    assert "Nothing is sent to us here" not in page
    assert "wrong signature" not in page
    assert "No event yet" not in page
    assert "Commands and lines" in page
    assert "no event yet" not in browser_page("/connections")


@pytest.fixture
def browser_page(ada: User, client: Client) -> Callable[[str], str]:
    """What Ada sees on a page."""
    client.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    return lambda address: client.get(address).content.decode()


def test_a_key_gives_the_bridge_its_answer_again_though_its_owner_sees_nothing_of_it(bridge: Any, bo: User) -> None:
    body = typed("/incident create Leak --private")
    key = {"headers": {"Idempotency-Key": "k"}}

    first, again = bridge.post(COMMANDS, body, **key), bridge.post(COMMANDS, body, **key)

    assert (again.status_code, again.json()) == (200, first.json())
    assert again["Idempotency-Replayed"] == "true"


def test_a_room_is_bound_by_declaring_in_it(bridge: Any) -> None:
    number = bridge.post(COMMANDS, typed("/incident create Checkout 5xx")).json()["incident"]

    line = bridge.post(MESSAGES, typed("restarting the pods", "m-2"))

    assert line.status_code == 202
    assert line.json() == {"incident": number}
    event = TimelineEvent.objects.get(kind="message")
    assert (event.text, event.surface, event.actor_name) == ("restarting the pods", "bridge", "Bo")
    assert bridge.post(COMMANDS, typed("/incident sev 2", "m-3")).json()["incident"] == number
    assert Incident.objects.get(pk=number).severity == 2


def test_a_room_is_bound_by_joining_in_it(bridge: Any, bo: User) -> None:
    incident = make_incident()

    bridge.post(COMMANDS, typed(f"/incident join #{incident.pk}"))

    assert bridge.post(MESSAGES, typed("here", "m-2")).json() == {"incident": incident.pk}


def test_other_commands_bind_nothing(bridge: Any, bo: User) -> None:
    incident = make_incident()

    answer = bridge.post(COMMANDS, typed(f"/incident sev 2 #{incident.pk}"))

    assert answer.json()["incident"] == incident.pk
    assert bridge.post(MESSAGES, typed("here", "m-2")).status_code == 404


def test_a_note_about_joining_binds_nothing(bridge: Any, bo: User) -> None:
    incident = make_incident(by=bo)

    bridge.post(COMMANDS, typed(f"/incident note #{incident.pk} join the call"))

    assert not Room.objects.exists()


def test_the_last_one_declared_has_the_room_and_a_replay_does_not_take_it_back(bridge: Any) -> None:
    bridge.post(COMMANDS, typed("/incident create One", "m-1"))
    second = bridge.post(COMMANDS, typed("/incident create Two", "m-2")).json()["incident"]
    bridge.post(COMMANDS, typed("/incident create One", "m-1"))

    assert bridge.post(MESSAGES, typed("for two", "m-3")).json() == {"incident": second}
    assert Room.objects.count() == 1


def test_several_rooms_may_talk_about_one_incident(bridge: Any) -> None:
    number = bridge.post(COMMANDS, typed("/incident create One", "m-1", room="a")).json()["incident"]
    bridge.post(COMMANDS, typed(f"/incident join #{number}", "m-2", room="b"))

    assert bridge.post(MESSAGES, typed("a", "m-3", room="a")).json() == {"incident": number}
    assert bridge.post(MESSAGES, typed("b", "m-4", room="b")).json() == {"incident": number}


def test_an_unbound_room_is_a_404(bridge: Any) -> None:
    answer = bridge.post(MESSAGES, typed("hello"))

    assert answer.status_code == 404
    assert answer.json()["field"] == "room"


def test_a_repeated_line_is_one_line(bridge: Any) -> None:
    bridge.post(COMMANDS, typed("/incident create One"))

    for _ in range(3):
        assert bridge.post(MESSAGES, typed("once", "m-2")).status_code == 202
    for _ in range(3):
        assert bridge.post(MESSAGES, typed("stranger", "m-3", who="ana")).status_code == 202

    assert TimelineEvent.objects.filter(kind="message").count() == 2


def test_threads_times_and_numbers_as_ids_are_taken(bridge: Any) -> None:
    bridge.post(COMMANDS, typed("/incident create One"))
    bridge.post(MESSAGES, typed("root", "17") | {"message_id": 17, "room": {"id": "ops"}})

    reply = bridge.post(
        MESSAGES,
        typed("reply", "18", thread_id=17, occurred_at="2026-01-02T03:04:05Z", extra={"anything": 1}),
    )

    assert reply.status_code == 202
    said = TimelineEvent.objects.get(text="reply")
    assert said.thread is not None
    assert said.thread.text == "root"
    assert said.occurred_at.isoformat() == "2026-01-02T03:04:05+00:00"


def test_nothing_is_wanted_in_a_bridge_room(bridge: Any) -> None:
    number = bridge.post(COMMANDS, typed("/incident create One")).json()["incident"]
    bridge.post(MESSAGES, typed("line", "m-2"))
    bridge.post(COMMANDS, typed("/incident private secret reasons", "m-3"))
    bridge.post(COMMANDS, typed(f"/incident sev 1 #{number}", "m-4"))

    assert not [delivery for delivery in Delivery.objects.all() if delivery.state != "shown"]
    assert not Lane.objects.filter(due_at__isnull=False).exists()
    assert Room.objects.count() == 1


def test_one_connection_per_token_and_it_can_be_switched_off(bridge: Any, api: Api, ada: User) -> None:
    bridge.post(COMMANDS, typed("/incident create One"))
    bridge.post(MESSAGES, typed("line", "m-2"))
    row = Connection.objects.get(kind="bridge")

    assert api(ada).delete(f"/api/v1/connections/{row.pk}").status_code == 204
    assert bridge.post(COMMANDS, typed("/incident create Two", "m-3")).status_code == 403
    assert bridge.post(MESSAGES, typed("line", "m-4")).status_code == 403


# --- who --------------------------------------------------------------------------------------------


def test_only_tokens_with_the_scope_are_bridges(api: Api, browser: Any, ada: User, bo: User) -> None:
    body = typed("/incident create One")

    assert api().post(COMMANDS, body).status_code == 401
    assert api(ada, "read", "write").post(COMMANDS, body).status_code == 403
    assert api(ada, "admin").post(MESSAGES, body).status_code == 403
    assert browser(ada).post(COMMANDS, body).status_code == 403
    assert api(ada, "all").post(COMMANDS, body).status_code == 200


def test_a_bridge_token_opens_nothing_else(api: Api, ada: User) -> None:
    client = api(ada, "chat")

    assert client.get("/api/v1/incidents").status_code == 403
    assert client.post("/api/v1/incidents", {"title": "x"}).status_code == 403
    assert client.get("/api/v1/connections").status_code == 403


def test_an_address_makes_nobody_an_administrator(bridge: Any, ada: User) -> None:
    number = bridge.post(COMMANDS, typed("/incident create One", who="ada")).json()["incident"]

    event = TimelineEvent.objects.get(incident_id=number, kind="incident.declared")
    assert event.actor is None
    refused = bridge.post(COMMANDS, typed("/incident sev 1", "m-2", who="ada"))
    assert Incident.objects.get(pk=number).severity == 3
    assert refused.json()["visibility"] == "user"


def test_without_trust_addresses_say_nothing(api: Api, ada: User, bo: User) -> None:
    client = api(ada, "chat")

    number = client.post(COMMANDS, typed("/incident create One")).json()["incident"]
    answer = client.post(COMMANDS, typed("/incident resolve", "m-2"))

    assert TimelineEvent.objects.get(incident_id=number, kind="incident.declared").actor is None
    assert Incident.objects.get(pk=number).status == "triage"
    assert "ink your" in answer.json()["text"]


def test_trust_that_ends_leaves_nothing_behind(bridge: Any, bo: User) -> None:
    bridge.post(COMMANDS, typed("/incident create One"))
    bridge.token.trusts_emails = False
    bridge.token.save()

    bridge.post(COMMANDS, typed("/incident resolve", "m-2"))

    assert Incident.objects.get().status == "triage"
    assert Identity.objects.get().user is None


def test_a_linked_account_acts_as_its_person(api: Api, ada: User, bo: User) -> None:
    client = api(ada, "chat")
    link_identity(bo, f"bridge:{client.token.pk}", "U-x")

    number = client.post(COMMANDS, typed("/incident create One", who="x")).json()["incident"]

    event = TimelineEvent.objects.get(incident_id=number, kind="incident.declared")
    assert event.actor == bo
    entry = AuditEntry.objects.get(action="incident.declared")
    assert (entry.user, entry.surface, entry.token_id_used) == (bo, "bridge", client.token.pk)


def test_an_inactive_person_is_an_outsider(bridge: Any, bo: User) -> None:
    User.objects.filter(pk=bo.pk).update(is_active=False)

    number = bridge.post(COMMANDS, typed("/incident create One")).json()["incident"]

    assert TimelineEvent.objects.get(incident_id=number, kind="incident.declared").actor is None


def test_bots_run_nothing(bridge: Any) -> None:
    body = typed("/incident create One")
    body["user"]["is_bot"] = True

    answer = bridge.post(COMMANDS, body)

    assert answer.json()["visibility"] == "user"
    assert not Incident.objects.exists()


# --- private ----------------------------------------------------------------------------------------

CANARY = "canary-9f3a"


def test_a_private_incident_is_not_told_to_outsiders(bridge: Any, ada: User, bo: User) -> None:
    incident = make_private_incident(f"Leak {CANARY}", by=ada)
    number = incident.pk

    said = [
        bridge.post(COMMANDS, typed(line, f"m-{n}", who=who)).content.decode()
        for n, (line, who) in enumerate(
            (line, who)
            for line in (
                f"/incident show #{number}",
                f"/incident join #{number}",
                "/incident list",
                f"/incident sev 1 #{number}",
                "/incident status",
            )
            for who in ("bo", "ana", "ada")
        )
    ]

    assert CANARY not in "".join(said)
    assert not Room.objects.exists()


def test_a_room_bound_to_a_private_incident_takes_members_lines_only(bridge: Any, bo: User, cleo: User) -> None:
    number = bridge.post(COMMANDS, typed(f"/incident create {CANARY} --private")).json()["incident"]

    assert bridge.post(MESSAGES, typed("mine", "m-2")).json() == {"incident": number}
    for n, who in enumerate(("cleo", "ana")):
        refused = bridge.post(MESSAGES, typed("theirs", f"m-{n + 3}", who=who))
        assert refused.status_code == 404
        assert CANARY not in refused.content.decode()


def test_a_stranger_declares_nothing_private_for_nobody_would_see_it(bridge: Any) -> None:
    answer = bridge.post(COMMANDS, typed("/incident create Hidden --private", who="ana"))

    assert answer.status_code == 200
    assert answer.json()["incident"] is None
    assert "Only people with an account can declare a private incident" in answer.json()["text"]
    assert "/me/link/" in answer.json()["text"]
    assert not Incident.objects.exists()
    assert not Room.objects.exists()


# --- malformed --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": 5}, "text"),
        ({"text": None}, "text"),
        ({"text": "x" * 12_001}, "text"),
        ({"user": None}, "user"),
        ({"user": "bo"}, "user"),
        ({"user": {}}, "user.id"),
        ({"user": {"id": ""}}, "user.id"),
        ({"user": {"id": []}}, "user.id"),
        ({"user": {"id": "x" * 121}}, "user.id"),
        ({"user": {"id": "a\nb"}}, "user.id"),
        ({"user": {"id": True}}, "user.id"),
        ({"room": "ops"}, "room"),
        ({"room": {"id": {}}}, "room.id"),
        ({"room": {}}, "room.id"),
        ({"message_id": None}, "message_id"),
        ({"message_id": 1.5}, "message_id"),
        ({"occurred_at": "soon"}, "occurred_at"),
    ],
)
@pytest.mark.parametrize("address", [COMMANDS, MESSAGES])
def test_what_is_wrong_is_named(bridge: Any, address: str, change: dict[str, Any], field: str) -> None:
    answer = bridge.post(address, typed("/incident create One") | change)

    assert answer.status_code == 400
    assert answer.json()["field"] == field


def test_a_direct_message_needs_no_room(bridge: Any) -> None:
    body = typed("/incident create One")
    del body["room"]

    assert bridge.post(COMMANDS, body).json()["incident"]
    assert not Room.objects.exists()
    assert bridge.post(MESSAGES, body).json()["field"] == "room"


def test_dan_keeps_his_role_over_a_bridge(bridge: Any, dan: User) -> None:
    number = bridge.post(COMMANDS, typed("/incident create One", who="dan")).json()["incident"]
    other = make_incident("Other")

    bridge.post(COMMANDS, typed(f"/incident resolve #{other.pk}", "m-2", who="dan"))

    assert TimelineEvent.objects.get(incident_id=number, kind="incident.declared").actor == dan
    assert Incident.objects.get(pk=other.pk).status == "triage"
    assert User.objects.get(pk=dan.pk).role == Role.VIEWER


def test_a_removed_bridge_is_refused_until_there_is_a_new_token(api: Api, ada: User, bridge: Any) -> None:
    bridge.post(COMMANDS, typed("/incident help"))
    removed = Connection.objects.get(kind="bridge")

    assert api(ada).delete(f"/api/v1/connections/{removed.pk}").status_code == 204
    refused = bridge.post(COMMANDS, typed("/incident create Checkout 5xx", "m-2"))
    anew = api(ada, "chat").post(COMMANDS, typed("/incident help", "m-3"))

    assert (refused.status_code, refused.json()["code"]) == (403, "not-allowed")
    assert not Incident.objects.exists()
    assert anew.status_code == 200
    assert Connection.objects.present().get(kind="bridge").pk != removed.pk
