"""People, work, updates, postmortem and files of one incident."""

import io
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image

from accounts.models import User
from common import clock
from incidents.models import Attachment, Member, TimelineEvent
from tests.cast import Api
from tests.factories import make_incident, make_private_incident

pytestmark = pytest.mark.django_db

URL = "/api/v1/incidents"


# --- roles and members ------------------------------------------------------------------------------


def test_roles_are_given_handed_over_and_ended(api: Api, ada: User, bo: User) -> None:
    number = make_incident(by=bo).pk
    client = api(bo)

    given = client.post(f"{URL}/{number}/roles", {"role": "Lead", "user": "ada@example.com", "note": "yours"})
    client.post(f"{URL}/{number}/roles", {"role": "commander", "user": bo.pk})
    client.post(f"{URL}/{number}/roles", {"role": "scribe", "user": "@ada"})

    assert given.status_code == 201
    assert given.json()["role"] == "commander"
    held = client.get(f"{URL}/{number}/roles").json()["results"]
    assert {(row["role"], row["user"]["handle"]) for row in held} == {("commander", "bo"), ("scribe", "ada")}
    assert client.delete(f"{URL}/{number}/roles/commander?user=@ada").status_code == 204
    assert client.get(f"{URL}/{number}").json()["commander"]["handle"] == "bo"
    assert client.delete(f"{URL}/{number}/roles/lead").status_code == 204
    assert client.get(f"{URL}/{number}").json()["commander"] is None
    assert client.delete(f"{URL}/{number}/roles/lead").status_code == 204


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"user": "me"}, "role"),
        ({"role": "lead"}, "user"),
        ({"role": "lead", "user": "@ghost"}, "user"),
        ({"role": "lead", "user": None}, "user"),
        ({"role": "lead", "user": {}}, "user"),
        ({"role": "lead", "user": True}, "user"),
        ({"role": "lead", "user": 2**80}, "user"),
        ({"role": "", "user": "me"}, "role"),
        ({"role": "x" * 41, "user": "me"}, "role"),
        ({"role": 5, "user": "me"}, "role"),
    ],
)
def test_a_malformed_role_is_named(api: Api, bo: User, body: Any, field: str) -> None:
    answer = api(bo).post(f"{URL}/{make_incident(by=bo).pk}/roles", body)

    assert answer.status_code == 400
    assert answer.json()["field"] == field


def test_joining_inviting_leaving(api: Api, bo: User, cleo: User, dan: User) -> None:
    number = make_incident(by=bo).pk

    assert api(dan).post(f"{URL}/{number}/join").status_code == 200
    assert api(dan).post(f"{URL}/{number}/messages", {"text": "I see it too"}).status_code == 201
    invited = api(bo).post(f"{URL}/{number}/members", {"user": "cleo"})
    assert invited.status_code == 201
    handles = [row["user"]["handle"] for row in api(bo).get(f"{URL}/{number}/members").json()["results"]]
    assert handles == ["bo", "dan", "cleo"]
    assert api(dan).post(f"{URL}/{number}/leave").status_code == 204
    assert api(bo).delete(f"{URL}/{number}/members/cleo").status_code == 204
    assert api(bo).delete(f"{URL}/{number}/members/ghost").status_code == 404
    assert api(dan).delete(f"{URL}/{number}/members/{bo.pk}").status_code == 403
    assert [member.user for member in Member.objects.filter(left_at__isnull=True)] == [bo]


def test_leaving_with_a_role_is_refused(api: Api, bo: User) -> None:
    number = make_incident(by=bo).pk
    api(bo).post(f"{URL}/{number}/roles", {"role": "lead", "user": "me"})

    assert api(bo).post(f"{URL}/{number}/leave").status_code == 409


def test_leaving_a_private_incident_closes_the_door(api: Api, ada: User, bo: User) -> None:
    number = make_private_incident(by=ada, members=(bo,)).pk

    assert api(bo).post(f"{URL}/{number}/leave").status_code == 204
    assert api(bo).get(f"{URL}/{number}").status_code == 404


def test_administrators_may_join_what_is_private_and_it_shows(api: Api, ada: User, bo: User, cleo: User) -> None:
    number = make_private_incident(by=bo).pk

    assert api(ada).get(f"{URL}/{number}").status_code == 404
    assert api(cleo).post(f"{URL}/{number}/join").status_code == 404
    assert api(ada).post(f"{URL}/{number}/join").status_code == 200
    log = api(bo).get(f"{URL}/{number}/timeline?view=log").json()["results"]
    assert "by right" in log[-1]["text"]


def test_watching(api: Api, dan: User) -> None:
    number = make_incident().pk

    assert api(dan).post(f"{URL}/{number}/watch").json()["is_watching"] is True
    assert api(dan).post(f"{URL}/{number}/watch", {"on": False}).json()["is_watching"] is False


# --- work -------------------------------------------------------------------------------------------


def test_action_items(api: Api, bo: User, cleo: User, dan: User) -> None:
    number = make_incident(by=bo).pk
    client = api(bo)
    line = client.post(f"{URL}/{number}/messages", {"text": "add a limit"}).json()["sequence"]

    made = client.post(
        f"{URL}/{number}/action-items",
        {
            "text": "Add a limit",
            "kind": "follow-up",
            "owner": "@cleo",
            "due_at": "2030-01-01T00:00:00Z",
            "origin": line,
        },
    )
    other = client.post(f"{URL}/{number}/action-items", {"text": "Restart"})

    assert made.status_code == 201
    assert made.json()["origin"] == line
    assert made["Location"].endswith(f"/{number}/action-items/1")
    assert other.json()["kind"] == "task"
    changed = client.patch(f"{URL}/{number}/action-items/2", {"done": True, "owner": "me"}).json()
    assert changed["done"]
    assert changed["owner"]["handle"] == "bo"
    assert client.patch(f"{URL}/{number}/action-items/2", {"done": False, "owner": None}).json()["owner"] is None
    client.patch(f"{URL}/{number}/action-items/1", {"done": True})
    assert [row["number"] for row in client.get(f"{URL}/{number}/action-items?done=0").json()["results"]] == [2]
    assert client.get(f"{URL}/{number}/action-items/9").status_code == 404
    assert client.patch(f"{URL}/{number}/action-items/1", {}).status_code == 400
    assert client.patch(f"{URL}/{number}/action-items/1", {"done": "yes"}).json()["field"] == "done"
    assert api(dan).patch(f"{URL}/{number}/action-items/1", {"done": True}).status_code == 403
    assert api(dan).get(f"{URL}/{number}/action-items").status_code == 200


def test_an_action_item_is_reworded_and_given_a_time(api: Api, bo: User, cleo: User) -> None:
    number = make_incident(by=bo).pk
    client = api(bo)
    address = client.post(f"{URL}/{number}/action-items", {"text": "Restart"})["Location"]

    changed = client.patch(
        address, {"text": "Restart the api", "due_at": "2030-01-02T05:04:00+02:00", "owner": "@cleo", "done": True}
    ).json()
    cleared = client.patch(address, {"due_at": None}).json()
    client.patch(address, {"text": "Restart the api", "due_at": None, "owner": "@cleo"})

    assert (changed["text"], changed["due_at"]) == ("Restart the api", "2030-01-02T03:04:00.000Z")
    assert (changed["owner"]["handle"], changed["done"], cleared["due_at"]) == ("cleo", True, None)
    said = TimelineEvent.objects.filter(incident=number, kind="task.changed").order_by("sequence")
    assert [event.shown_text for event in said] == [
        "Restart the api: was “Restart”",
        "Restart the api: due 2030-01-02 03:04Z",
        "Restart the api: owner Cleo",
        "Restart the api: no due time",
    ]


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "body"), ({"text": " "}, "text"), ({"text": "x" * 501}, "text"), ({"due_at": "soon"}, "due_at")],
)
def test_a_malformed_change_of_an_action_item_is_named(api: Api, bo: User, body: dict[str, object], field: str) -> None:
    number = make_incident(by=bo).pk
    address = api(bo).post(f"{URL}/{number}/action-items", {"text": "Restart"})["Location"]

    answer = api(bo).patch(address, body)

    assert (answer.status_code, answer.json()["field"]) == (400, field)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": ""}, "text"),
        ({"text": "x" * 501}, "text"),
        ({"text": "x", "kind": "wish"}, "kind"),
        ({"text": "x", "owner": "@ghost"}, "owner"),
        ({"text": "x", "due_at": "tomorrow"}, "due_at"),
        ({"text": "x", "origin": 999}, "sequence"),
        ({"text": "x", "origin": "1"}, "origin"),
    ],
)
def test_a_malformed_action_item_is_named(api: Api, bo: User, body: Any, field: str) -> None:
    answer = api(bo).post(f"{URL}/{make_incident(by=bo).pk}/action-items", body)

    assert answer.status_code in (400, 404)
    assert answer.json()["field"] == field


def test_updates(api: Api, bo: User, dan: User) -> None:
    number = make_incident(by=bo, severity=1).pk
    client = api(bo)

    made = client.post(f"{URL}/{number}/updates", {"text": "Rolling back", "now": "a bad deploy", "next_in": 15})
    client.post(f"{URL}/{number}/updates", {"doing": "watching"})

    assert made.status_code == 201
    assert made.json()["now"] == "a bad deploy"
    listed = client.get(f"{URL}/{number}/updates").json()["results"]
    assert [row["doing"] for row in listed] == ["watching", ""]
    assert listed[1]["sequence"] == made.json()["sequence"]
    assert client.get(f"{URL}/{number}").json()["update_due_at"]
    assert client.post(f"{URL}/{number}/updates", {"next_in": 0}).json()["field"] == "next_in"
    assert client.post(f"{URL}/{number}/updates", {"now": 5}).json()["field"] == "now"
    assert api(dan).post(f"{URL}/{number}/updates", {"text": "x"}).status_code == 403


def test_an_empty_update_says_so(api: Api, bo: User) -> None:
    answer = api(bo).post(f"{URL}/{make_incident(by=bo).pk}/updates", {})

    assert answer.json()["field"] == "text"


# --- postmortem -------------------------------------------------------------------------------------


def test_the_postmortem_from_draft_to_published(api: Api, bo: User, cleo: User, dan: User) -> None:
    number = make_incident(by=bo).pk
    client, other = api(bo), api(cleo)
    paper = f"{URL}/{number}/postmortem"

    assert client.get(paper).status_code == 404
    assert client.patch(paper, {"body": "x", "version": 1}).status_code == 404
    drafted = client.post(paper)
    assert drafted.status_code == 201
    assert drafted.json()["version"] == 1
    assert client.patch(paper, {"body": "# Mine", "version": 1}).json()["version"] == 2
    late = other.patch(paper, {"body": "# Theirs", "version": 1})
    assert late.status_code == 409
    assert late.json()["field"] == "version"
    assert client.post(f"{paper}/state", {"state": "published"}).status_code == 409
    client.post(f"{URL}/{number}/resolve", {})
    offered = client.get(paper).json()["offers"]
    assert any("resolved" in offer["text"] for offer in offered)
    taken = client.post(f"{paper}/offers", {"insert": True}).json()
    assert taken["offers"] == []
    assert "resolved" in taken["body"]
    assert client.post(f"{paper}/state", {"state": "review"}).json()["state"] == "review"
    assert client.post(f"{paper}/state", {"state": "published"}).json()["published_by"]["handle"] == "bo"
    assert api(dan).get(paper).status_code == 200
    assert api(dan).patch(paper, {"body": "x", "version": 3}).status_code == 403


@pytest.mark.parametrize(
    ("path", "method", "body", "field"),
    [
        ("", "patch", {}, "body"),
        ("", "patch", {"body": "x"}, "version"),
        ("", "patch", {"body": "x", "version": "1"}, "version"),
        ("", "patch", {"body": ["x"], "version": 1}, "body"),
        ("", "patch", {"body": "x" * 200_001, "version": 1}, "body"),
        ("/state", "post", {}, "state"),
        ("/state", "post", {"state": "burnt"}, "state"),
        ("/offers", "post", {"insert": 1}, "insert"),
    ],
)
def test_a_malformed_postmortem_is_named(api: Api, bo: User, path: str, method: str, body: Any, field: str) -> None:
    number = make_incident(by=bo).pk
    api(bo).post(f"{URL}/{number}/postmortem")

    answer = getattr(api(bo), method)(f"{URL}/{number}/postmortem{path}", body)

    assert answer.status_code == 400
    assert answer.json()["field"] == field


@pytest.mark.parametrize("form", ["md", "html", "json", "docx"])
def test_the_postmortem_is_exported(api: Api, bo: User, form: str) -> None:
    number = make_incident("Checkout", by=bo).pk
    api(bo).post(f"{URL}/{number}/postmortem")

    answer = api(bo, "read").get(f"{URL}/{number}/postmortem/export?format={form}")

    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert len(answer.content) > 100


@pytest.mark.parametrize("form", ["md", "csv", "json"])
def test_the_timeline_is_exported(api: Api, bo: User, form: str) -> None:
    number = make_incident("Checkout", by=bo).pk

    answer = api(bo, "read").get(f"{URL}/{number}/export?format={form}")

    assert answer.status_code == 200
    assert b"Checkout" in answer.content


def test_other_forms_of_export_are_refused(api: Api, bo: User) -> None:
    number = make_incident(by=bo).pk

    assert api(bo).get(f"{URL}/{number}/export?format=docx").json()["field"] == "format"
    assert api(bo).get(f"{URL}/{number}/postmortem/export?format=csv").json()["field"] == "format"
    assert api(bo).get(f"{URL}/{number}/postmortem/export?format=md").status_code == 404


# --- files ------------------------------------------------------------------------------------------


def picture() -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(out, format="PNG")
    out.seek(0)
    out.name = "graph.png"
    return out


def test_a_file_is_kept_said_and_read(api: Api, bo: User, cleo: User) -> None:
    number = make_incident(by=bo).pk
    client = api(bo)

    kept = client.post(f"{URL}/{number}/attachments", {"file": picture(), "alt": "The graph"}, format="multipart")
    assert kept.status_code == 201, kept.content
    assert api(cleo).get(kept["Location"]).status_code == 404
    said = client.post(f"{URL}/{number}/messages", {"text": "", "attachments": [kept.json()["id"]]})

    assert said.status_code == 201
    assert said.json()["attachments"][0]["alt"] == "The graph"
    read = api(cleo, "read").get(kept["Location"])
    assert read["Content-Type"] == "image/png"
    assert read["Content-Disposition"].startswith("attachment")
    assert b"".join(read.streaming_content).startswith(b"\x89PNG")
    assert len(client.get(f"{URL}/{number}/attachments").json()["results"]) == 1
    client.delete(f"{URL}/{number}/messages/{said.json()['sequence']}")
    assert client.get(kept["Location"]).status_code == 404
    assert client.get(f"{URL}/{number}/attachments").json()["results"] == []


def test_the_same_key_keeps_one_file(api: Api, bo: User) -> None:
    number = make_incident(by=bo).pk
    client = api(bo)
    body = picture().getvalue()
    raw = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n' + body + b"\r\n--x--\r\n"

    answers = [
        client.generic(
            "POST",
            f"{URL}/{number}/attachments",
            raw,
            content_type="multipart/form-data; boundary=x",
            headers={"Idempotency-Key": "f1"},
        )
        for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert Attachment.objects.count() == 1


def test_files_that_are_wrong(api: Api, bo: User, dan: User, settings: Any) -> None:
    number = make_incident(by=bo).pk
    address = f"{URL}/{number}/attachments"
    client = api(bo)
    broken = io.BytesIO(b"\x89PNG\r\n\x1a\nnot really")
    broken.name = "broken.png"
    empty = io.BytesIO(b"")
    empty.name = "empty.txt"

    assert client.post(address, {}, format="multipart").json()["field"] == "file"
    assert client.post(address, {"file": "text"}, format="multipart").json()["field"] == "file"
    assert client.post(address, {"file": empty}, format="multipart").json()["field"] == "file"
    assert client.post(address, {"file": broken}, format="multipart").json()["field"] == "file"
    assert client.post(address, {"file": picture(), "as": "x"}, format="multipart").json()["field"] == "as"
    assert client.post(address, {"file": "x"}).status_code == 415
    garbled = client.generic("POST", address, b"--x\r\nnonsense", content_type="multipart/form-data")
    assert garbled.status_code == 400
    assert api(dan).post(address, {"file": picture()}, format="multipart").status_code == 403
    settings.ATTACHMENT_LIMIT = 50
    assert client.post(address, {"file": picture()}, format="multipart").json()["field"] == "file"
    large = io.BytesIO(b"x" * 70_000)
    large.name = "large.bin"
    assert client.post(address, {"file": large}, format="multipart").status_code == 413


def test_a_foreign_file_can_not_be_said(api: Api, bo: User, cleo: User) -> None:
    number = make_incident(by=bo).pk
    kept = api(bo).post(f"{URL}/{number}/attachments", {"file": picture()}, format="multipart").json()["id"]

    answer = api(cleo).post(f"{URL}/{number}/messages", {"text": "mine", "attachments": [kept]})

    assert answer.json()["field"] == "attachments"


def test_times_in_the_past_stay_in_the_past(api: Api, bo: User) -> None:
    number = make_incident(by=bo).pk
    at = clock.now() - timedelta(hours=1)

    body = api(bo).post(f"{URL}/{number}/mitigate", {"at": at.isoformat()}).json()

    assert body["mitigated_at"] == at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
