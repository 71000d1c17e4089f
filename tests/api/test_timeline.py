"""Lines, what happens to them, and the two ways of reading the log."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.actors import SYSTEM
from accounts.models import User
from common import clock
from incidents.models import Incident, TimelineEvent
from incidents.operations.talk import say
from tests.cast import Api
from tests.factories import make_incident, make_private_incident

pytestmark = pytest.mark.django_db

URL = "/api/v1/incidents"
ITEM = {"sequence", "kind", "text", "occurred_at", "recorded_at", "actor", "surface"}
ITEM |= {"pinned", "edited", "deleted", "versions"}


@pytest.fixture
def room(bo: User) -> Incident:
    return make_incident(by=bo)


def texts(answer: Any) -> list[str]:
    return [item["text"] for item in answer.json()["results"] if item["kind"] in ("message", "note")]


# --- saying -----------------------------------------------------------------------------------------


def test_a_line_is_said(api: Api, bo: User, room: Incident) -> None:
    answer = api(bo, "write").post(f"{URL}/{room.pk}/messages", {"text": "restarting **now**"})

    item = answer.json()
    assert answer.status_code == 201
    assert item.keys() >= ITEM
    assert (item["text"], item["kind"], item["surface"]) == ("restarting **now**", "message", "api")
    assert item["actor"]["handle"] == "bo"
    assert answer["Location"] == f"{URL}/{room.pk}/timeline/{item['sequence']}"
    assert api(bo).get(answer["Location"]).json() == item


def test_threads(api: Api, bo: User, room: Incident) -> None:
    client = api(bo)
    root = client.post(f"{URL}/{room.pk}/messages", {"text": "root"}).json()["sequence"]

    reply = client.post(f"{URL}/{room.pk}/messages", {"text": "reply", "thread_of": root}).json()

    assert reply["thread_of"] == root
    assert client.get(f"{URL}/{room.pk}/timeline/{root}").json()["reply_count"] == 1


def test_an_outside_id_says_a_line_once(api: Api, bo: User, room: Incident) -> None:
    body = {"text": "build 77 failed", "outside_id": "ci-77"}

    first = api(bo).post(f"{URL}/{room.pk}/messages", body).json()
    again = api(bo).post(f"{URL}/{room.pk}/messages", body).json()

    assert again["sequence"] == first["sequence"]
    other = make_incident("Other").pk
    assert api(bo).post(f"{URL}/{other}/messages", body).json()["field"] == "outside_id"


def test_an_outside_id_finds_nobody_elses_line(api: Api, ada: User, bo: User, room: Incident) -> None:
    private = make_private_incident(by=ada)
    say(number=private.pk, text="canary", by=SYSTEM, outside_id="T1:C1:1")
    api(ada).post(f"{URL}/{private.pk}/messages", {"text": "canary", "outside_id": "x"})

    for outside_id in ("T1:C1:1", "x"):
        for number in (private.pk, room.pk):
            answer = api(bo).post(f"{URL}/{number}/messages", {"text": "mine", "outside_id": outside_id})
            assert b"canary" not in answer.content
            assert answer.status_code == (404 if number == private.pk else 201) or outside_id == "x"


def test_viewers_speak_only_where_they_are(api: Api, dan: User, room: Incident) -> None:
    client = api(dan)

    assert client.post(f"{URL}/{room.pk}/messages", {"text": "x"}).status_code == 403
    client.post(f"{URL}/{room.pk}/join")
    assert client.post(f"{URL}/{room.pk}/messages", {"text": "x"}).status_code == 201


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": ""}, "text"),
        ({"text": " \n "}, "text"),
        ({"text": None}, "text"),
        ({"text": 5}, "text"),
        ({"text": ["x"]}, "text"),
        ({"text": "x" * 12_001}, "text"),
        ({"text": "a\u202eb"}, "text"),
        ({"text": "x", "thread_of": 999}, "sequence"),
        ({"text": "x", "thread_of": "1"}, "thread_of"),
        ({"text": "x", "thread_of": 2**65}, "thread_of"),
        ({"text": "x", "attachments": 5}, "attachments"),
        ({"text": "x", "attachments": [2**65]}, "attachments.0"),
        ({"text": "x", "attachments": [1]}, "attachments"),
        ({"text": "x", "outside_id": "y" * 121}, "outside_id"),
        ({"text": "x", "mood": "tired"}, "mood"),
    ],
)
def test_a_malformed_line_is_named(api: Api, bo: User, room: Incident, body: Any, field: str) -> None:
    answer = api(bo).post(f"{URL}/{room.pk}/messages", body)

    assert answer.status_code in (400, 404), answer.content
    assert answer.json()["field"] == field


# --- afterwards -------------------------------------------------------------------------------------


def test_an_edit_keeps_the_former_text(api: Api, bo: User, cleo: User, room: Incident) -> None:
    client = api(bo)
    line = client.post(f"{URL}/{room.pk}/messages", {"text": "frist"}).json()["sequence"]

    edited = client.patch(f"{URL}/{room.pk}/messages/{line}", {"text": "first"}).json()

    assert (edited["text"], edited["edited"]) == ("first", True)
    assert [version["text"] for version in edited["versions"]] == ["frist"]
    assert api(cleo).patch(f"{URL}/{room.pk}/messages/{line}", {"text": "mine"}).status_code == 403
    assert client.patch(f"{URL}/{room.pk}/messages/1", {"text": "mine"}).status_code == 409
    assert client.patch(f"{URL}/{room.pk}/messages/999", {"text": "mine"}).status_code == 404
    assert client.patch(f"{URL}/{room.pk}/messages/{line}", {"text": ""}).json()["field"] == "text"


def test_a_deleted_line_says_nothing_any_more(api: Api, bo: User, cleo: User, room: Incident) -> None:
    client = api(bo)
    line = client.post(f"{URL}/{room.pk}/messages", {"text": "my password is canary-77"}).json()["sequence"]
    client.patch(f"{URL}/{room.pk}/messages/{line}", {"text": "my password was canary-77"})

    assert api(cleo).delete(f"{URL}/{room.pk}/messages/{line}").status_code == 403
    assert client.delete(f"{URL}/{room.pk}/messages/{line}").status_code == 204
    assert client.delete(f"{URL}/{room.pk}/messages/{line}").status_code == 204

    item = client.get(f"{URL}/{room.pk}/timeline/{line}").json()
    assert item["deleted"]
    assert item["text"] == ""
    for address in ("timeline", "timeline?view=log", f"timeline/{line}", "timeline?q=canary", "export?format=json"):
        assert b"canary-77" not in client.get(f"{URL}/{room.pk}/{address}").content
    assert client.patch(f"{URL}/{room.pk}/messages/{line}", {"text": "x"}).status_code == 409


def test_reactions(api: Api, bo: User, cleo: User, room: Incident) -> None:
    client = api(bo)
    line = client.post(f"{URL}/{room.pk}/messages", {"text": "fixed?"}).json()["sequence"]
    address = f"{URL}/{room.pk}/messages/{line}/reactions"

    client.post(address, {"emoji": "👍"})
    both = api(cleo).post(address, {"emoji": "👍"}).json()
    gone = client.post(address, {"emoji": "👍", "on": False}).json()

    assert both["reactions"] == [{"emoji": "👍", "count": 2, "names": ["Bo", "Cleo"]}]
    assert gone["reactions"][0]["names"] == ["Cleo"]
    assert client.post(address, {"emoji": "📌"}).json()["pinned"]
    assert client.post(address, {"emoji": ""}).json()["field"] == "emoji"
    assert client.post(address, {"emoji": "x" * 65}).json()["field"] == "emoji"
    assert client.post(address, {"on": True}).json()["field"] == "emoji"


def test_pins_make_the_story(api: Api, bo: User, room: Incident) -> None:
    client = api(bo)
    line = client.post(f"{URL}/{room.pk}/messages", {"text": "it was the cache"}).json()["sequence"]
    client.post(f"{URL}/{room.pk}/messages", {"text": "coffee?"})

    assert client.post(f"{URL}/{room.pk}/messages/{line}/pin").json()["pinned"]
    assert texts(client.get(f"{URL}/{room.pk}/timeline?story=1")) == ["it was the cache"]
    assert texts(client.get(f"{URL}/{room.pk}/timeline?pinned=1")) == ["it was the cache"]
    assert client.post(f"{URL}/{room.pk}/messages/{line}/pin", {"on": False}).json()["pinned"] is False
    assert texts(client.get(f"{URL}/{room.pk}/timeline?story=1")) == []


def test_notes_and_corrected_times_sort_by_when_it_happened(api: Api, bo: User, dan: User, room: Incident) -> None:
    client = api(bo)
    line = client.post(f"{URL}/{room.pk}/messages", {"text": "deployed"}).json()["sequence"]
    hour_ago = clock.now() - timedelta(hours=1)
    client.post(f"{URL}/{room.pk}/timeline", {"text": "first errors", "occurred_at": hour_ago.isoformat()})

    corrected = client.patch(
        f"{URL}/{room.pk}/timeline/{line}", {"occurred_at": (hour_ago - timedelta(minutes=1)).isoformat()}
    ).json()

    assert texts(client.get(f"{URL}/{room.pk}/timeline")) == ["deployed", "first errors"]
    assert corrected["versions"][0]["occurred_at"]
    assert corrected["occurred_at"] < corrected["recorded_at"]
    assert client.patch(f"{URL}/{room.pk}/timeline/{line}", {"hidden": True}).json()["hidden"]
    assert client.patch(f"{URL}/{room.pk}/timeline/{line}", {}).status_code == 400
    assert client.patch(f"{URL}/{room.pk}/timeline/{line}", {"hidden": 1}).json()["field"] == "hidden"
    assert client.patch(f"{URL}/{room.pk}/timeline/{line}", {"occurred_at": None}).json()["field"] == "occurred_at"
    future = client.patch(f"{URL}/{room.pk}/timeline/{line}", {"occurred_at": "2999-01-01T00:00:00Z"})
    assert future.status_code == 400
    assert client.post(f"{URL}/{room.pk}/timeline", {"occurred_at": "2020-01-01T00:00:00Z"}).json()["field"] == "text"
    assert api(dan).patch(f"{URL}/{room.pk}/timeline/{line}", {"hidden": False}).status_code == 403


# --- reading ----------------------------------------------------------------------------------------


def test_filters(api: Api, bo: User, room: Incident) -> None:
    client = api(bo)
    client.post(f"{URL}/{room.pk}/messages", {"text": "The needle"})
    client.post(f"{URL}/{room.pk}/timeline", {"text": "a note"})

    assert texts(client.get(f"{URL}/{room.pk}/timeline?q=NEEDLE")) == ["The needle"]
    assert texts(client.get(f"{URL}/{room.pk}/timeline?kind=note")) == ["a note"]
    assert texts(client.get(f"{URL}/{room.pk}/timeline?kind=note,message")) == ["The needle", "a note"]
    assert client.get(f"{URL}/{room.pk}/timeline?kind=ghost").json()["results"] == []
    assert client.get(f"{URL}/{room.pk}/timeline?view=sideways").json()["field"] == "view"
    assert client.get(f"{URL}/{room.pk}/timeline?story=x").json()["field"] == "story"
    assert client.get(f"{URL}/{room.pk}/timeline?view=log&after=x").json()["field"] == "after"


def fill(room: Incident, count: int) -> None:
    """Lines of which many happened in the same moment."""
    at = clock.now() - timedelta(hours=1)
    for n in range(count):
        say(number=room.pk, text=f"line {n:03}", by=SYSTEM, at=at + timedelta(seconds=n // 4))


def walk(client: Any, address: str, *, way: str = "next", between: Any = None) -> list[int]:
    """Read page after page; returns the sequences in the order in which they came."""
    seen: list[int] = []
    following: str | None = address
    while following:
        page = client.get(following).json()
        seen += [item["sequence"] for item in page["results"]]
        following = page[way]
        if between:
            between()
    return seen


def test_pages_hold_every_item_once_with_equal_times(api: Api, bo: User, room: Incident) -> None:
    fill(room, 23)
    client = api(bo)

    seen = walk(client, f"{URL}/{room.pk}/timeline?page_size=3")

    assert seen[:-1] == list(range(2, 25))
    assert seen[-1] == 1


def test_pages_go_back_the_same_way(api: Api, bo: User, room: Incident) -> None:
    fill(room, 7)
    client = api(bo)
    pages = []
    address: str | None = f"{URL}/{room.pk}/timeline?page_size=3"
    while address:
        page = client.get(address).json()
        pages.append(page["results"])
        last, address = page, page["next"]

    back = [last["results"]]
    while last["previous"]:
        last = client.get(last["previous"]).json()
        back.append(last["results"])

    assert back[::-1] == pages
    assert last["previous"] is None


def test_pages_stay_while_lines_arrive(api: Api, bo: User, room: Incident) -> None:
    fill(room, 12)
    client = api(bo)
    at = TimelineEvent.objects.get(text="line 004").shown_at

    def arrive() -> None:
        if Incident.objects.get(pk=room.pk).last_sequence < 40:
            say(number=room.pk, text="late", by=SYSTEM, at=at)
            say(number=room.pk, text="early", by=SYSTEM, at=at - timedelta(minutes=1))

    seen = walk(client, f"{URL}/{room.pk}/timeline?page_size=2", between=arrive)

    assert len(seen) == len(set(seen))
    assert set(range(2, 14)) <= set(seen)


@pytest.mark.parametrize(
    "cursor",
    ["x", "e30", "W10", "WzAsICIyMDI2IiwgMV0", "WzUsIjIwMjYtMDEtMDFUMDA6MDA6MDBaIiwxXQ", "é", "%00", "W" * 300],
)
def test_a_foreign_cursor_is_refused(api: Api, bo: User, room: Incident, cursor: str) -> None:
    answer = api(bo).get(f"{URL}/{room.pk}/timeline?cursor={cursor}")

    assert answer.status_code == 400
    assert answer.json()["field"] == "cursor"


def test_the_log_has_every_event_without_a_hole(api: Api, bo: User, room: Incident) -> None:
    client = api(bo)
    line = client.post(f"{URL}/{room.pk}/messages", {"text": "one"}).json()["sequence"]
    client.patch(f"{URL}/{room.pk}/messages/{line}", {"text": "two"})
    client.post(f"{URL}/{room.pk}/messages/{line}/reactions", {"emoji": "👍"})
    client.post(f"{URL}/{room.pk}/messages/{line}/pin")
    client.post(f"{URL}/{room.pk}/status", {"status": "fixing"})

    pages = []
    after = 0
    while True:
        page = client.get(f"{URL}/{room.pk}/timeline?view=log&page_size=2&after={after}").json()
        pages += page["results"]
        after = page["next_after"]
        if page["next"] is None:
            break

    assert [event["sequence"] for event in pages] == [1, 2, 3, 4, 5, 6]
    assert [event["target"] for event in pages] == [None, None, line, line, line, None]
    assert pages[1]["text"] == "one"
    assert page["last_sequence"] == after == 6
    end = client.get(f"{URL}/{room.pk}/timeline?view=log&after=6").json()
    assert (end["results"], end["next_after"]) == ([], 6)
    assert client.get(f"{URL}/{room.pk}/timeline?view=log&after={10**17}").json()["results"] == []
