"""Schedules by the API: made, changed, covered, asked."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry, Team, User
from common import clock
from oncall.models import Override, Schedule, ScheduleVersion
from tests.cast import Api
from tests.factories import layer, make_schedule, make_team

pytestmark = pytest.mark.django_db

#: a Wednesday; in the week of a Monday on which the first of two has the turn
NOW = datetime(2026, 6, 3, 10, 0, tzinfo=UTC)
LAYER = {
    "name": "primary",
    "starts_at": "2026-06-01T09:00",
    "participants": [["ada@example.com"], ["@bo"], []],
    "rotate": {"unit": "week", "every": 1},
}


@pytest.fixture(autouse=True)
def _wednesday() -> Any:
    with clock.standing_still(NOW):
        yield


@pytest.fixture
def shop(ada: User, bo: User) -> Team:
    return make_team("Shop", ada, bo)


@pytest.fixture
def schedule(shop: Team, ada: User, bo: User, cleo: User) -> Schedule:
    return make_schedule("Shop primary", layer([ada], [bo], [cleo], starts_at="2026-06-01T09:00"), team=shop)


def test_a_schedule_is_made_and_read(api: Api, bo: User, shop: Team, ada: User) -> None:
    client = api(bo, "write")
    body = {"name": "Shop primary", "team": "shop", "time_zone": "Europe/Berlin", "layers": [LAYER]}

    made = client.post("/api/v1/schedules", body)

    assert made.status_code == 201, made.content
    assert made["Location"] == "/api/v1/schedules/shop-primary"
    told = client.get("/api/v1/schedules/shop-primary").json()
    assert told == made.json()
    assert (told["time_zone"], told["version"], told["team"]["slug"]) == ("Europe/Berlin", 1, "shop")
    assert told["layers"][0]["participants"] == [["ada"], ["bo"], []]
    assert told["layers"][0]["starts_at"] == "2026-06-01T09:00"
    assert [row["slug"] for row in client.get("/api/v1/schedules?team=shop&q=prim").json()["results"]] == [
        "shop-primary"
    ]
    assert AuditEntry.objects.get(subject_kind="schedule").action == "schedule.made"


def test_what_is_read_can_be_written_back(api: Api, ada: User, schedule: Schedule) -> None:
    client = api(ada, "write")
    layers = client.get("/api/v1/schedules/shop-primary").json()["layers"]

    changed = client.patch("/api/v1/schedules/shop-primary", {"layers": layers})

    assert changed.status_code == 200, changed.content
    assert changed.json()["version"] == 1
    assert schedule.versions.count() == 1


def test_one_more_person_moves_nobody(api: Api, ada: User, dan: User, schedule: Schedule) -> None:
    client = api(ada, "write")
    before = client.get("/api/v1/schedules/shop-primary/final?from=2026-05-01T00:00Z&to=2026-06-22T07:00Z").json()
    layers = client.get("/api/v1/schedules/shop-primary").json()["layers"]
    layers[0]["participants"].append(["dan"])

    changed = client.patch("/api/v1/schedules/shop-primary", {"layers": layers}).json()

    assert (changed["version"], changed["effective_from"]) == (2, "2026-06-03T10:00:00.000Z")
    after = client.get("/api/v1/schedules/shop-primary/final?from=2026-05-01T00:00Z&to=2026-06-22T07:00Z").json()
    assert after == before
    now = client.get("/api/v1/schedules/shop-primary/now?at=2026-06-23T00:00Z").json()
    assert now["shift"]["users"] == ["dan"]


def test_the_past_stays_when_people_are_taken_out(api: Api, ada: User, schedule: Schedule) -> None:
    client = api(ada, "write")
    layers = client.get("/api/v1/schedules/shop-primary").json()["layers"]
    layers[0]["participants"] = [["bo"], ["cleo"]]

    client.patch("/api/v1/schedules/shop-primary", {"layers": layers})

    told = client.get("/api/v1/schedules/shop-primary/final?from=2026-06-02T00:00Z&to=2026-06-09T00:00Z").json()
    assert [(shift["from"], shift["users"]) for shift in told["final"]] == [
        ("2026-06-03T10:00:00Z", ["bo"]),
        ("2026-06-08T07:00:00Z", ["cleo"]),
    ]
    # The schedule itself was made this Wednesday: before, nobody was on call by it.
    assert [gap["to"] for gap in told["gaps"]] == ["2026-06-03T10:00:00Z"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "Preview"}, "name"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"layers": "none"}, "layers"),
        ({"layers": [{**LAYER, "name": ""}]}, "layers[0].name"),
        ({"layers": [LAYER, LAYER]}, "layers[1].name"),
        ({"layers": [{**LAYER, "participants": [["@ghost"]]}]}, "layers[0].participants[0][0]"),
        ({"layers": [{**LAYER, "participants": [[True]]}]}, "layers[0].participants[0][0]"),
        ({"layers": [{**LAYER, "participants": [["@bo", "bo@example.com"]]}]}, "layers[0].participants[0]"),
        ({"layers": [{**LAYER, "rotate": {"unit": "week", "every": 0}}]}, "layers[0].rotate.every"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_the_field_at_fault_is_named(api: Api, ada: User, bo: User, body: Any, field: str) -> None:
    good = {"name": "Nights", "time_zone": "UTC", "layers": [LAYER]}

    answer = api(ada, "write").post("/api/v1/schedules", good | body)

    assert answer.status_code == 400
    assert answer.json()["field"] == field
    assert not Schedule.objects.exists()


def test_who_has_left_can_not_be_put_on_call(api: Api, ada: User, bo: User) -> None:
    User.objects.filter(pk=bo.pk).update(is_active=False)

    answer = api(ada, "write").post("/api/v1/schedules", {"name": "Nights", "time_zone": "UTC", "layers": [LAYER]})

    assert (answer.status_code, answer.json()["field"]) == (400, "layers[0].participants[1]")


def test_a_name_is_taken_once(api: Api, ada: User, bo: User, schedule: Schedule) -> None:
    answer = api(ada, "write").post(
        "/api/v1/schedules", {"name": "shop PRIMARY", "time_zone": "UTC", "layers": [LAYER]}
    )

    assert (answer.status_code, answer.json()["field"]) == (409, "name")


def test_only_the_team_and_administrators_change_it(
    api: Api, ada: User, bo: User, cleo: User, dan: User, schedule: Schedule
) -> None:
    address = "/api/v1/schedules/shop-primary"

    assert api(bo, "write").patch(address, {"description": "first line"}).status_code == 200
    for person in (cleo, dan):
        refused = api(person, "write").patch(address, {"description": "mine"})
        assert refused.status_code == 403
        assert "administrators and responders of Shop" in refused.json()["title"]
    assert api(bo, "write").patch(address, {"team": None}).status_code == 403
    assert api(cleo, "write").delete(address).status_code == 403
    assert api(ada, "write").delete(address).status_code == 204
    assert api(ada, "read").get(address).status_code == 404
    assert api(ada, "read").get("/api/v1/schedules").json()["results"] == []


# --- overrides ----------------------------------------------------------------------------------------
OVERRIDES = "/api/v1/schedules/shop-primary/overrides"


def test_somebody_covers_and_takes_it_back(api: Api, bo: User, cleo: User, schedule: Schedule) -> None:
    client = api(bo, "write")
    body = {"user": "@cleo", "from": "2026-06-04T20:00Z", "to": "2026-06-05T06:00Z", "reason": "Ada flies"}

    made = client.post(OVERRIDES, body)

    assert made.status_code == 201, made.content
    assert (made.json()["user"]["handle"], made.json()["reason"]) == ("cleo", "Ada flies")
    now = client.get("/api/v1/schedules/shop-primary/now?at=2026-06-05T00:00Z").json()
    assert (now["shift"]["users"], now["shift"]["source"]) == (
        ["cleo"],
        {"kind": "override", "id": made.json()["id"]},
    )
    assert [row["id"] for row in client.get(OVERRIDES).json()["results"]] == [made.json()["id"]]
    gone = client.delete(f"{OVERRIDES}/{made.json()['id']}")
    assert (gone.status_code, gone.json()["cancelled"]) == (200, True)
    assert client.get("/api/v1/schedules/shop-primary/now?at=2026-06-05T00:00Z").json()["shift"]["users"] == ["ada"]
    assert client.delete(f"{OVERRIDES}/{made.json()['id']}").status_code == 404


def test_one_under_way_ends_now_and_what_was_stays(api: Api, ada: User, cleo: User, schedule: Schedule) -> None:
    client = api(ada, "write")
    made = client.post(OVERRIDES, {"user": "cleo", "from": "2026-06-03T10:00Z", "to": "2026-06-03T18:00Z"}).json()
    clock.shift(timedelta(hours=2))
    with clock.standing_still(NOW + timedelta(hours=2)):
        ended = client.delete(f"{OVERRIDES}/{made['id']}").json()
    told = client.get("/api/v1/schedules/shop-primary/final?from=2026-06-03T10:00Z&to=2026-06-03T18:00Z").json()

    assert (ended["cancelled"], ended["to"]) == (False, "2026-06-03T12:00:00.000Z")
    assert [shift["users"] for shift in told["final"]] == [["cleo"], ["ada"]]


def test_one_that_began_before_counts_from_now(api: Api, ada: User, cleo: User, schedule: Schedule) -> None:
    made = api(ada, "write").post(OVERRIDES, {"user": "cleo", "from": "2026-06-01T00:00Z", "to": "2026-06-04T00:00Z"})

    assert made.json()["from"] == "2026-06-03T10:00:00.000Z"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"to": "2026-06-01T00:00Z"}, "to"),
        ({"from": "2026-06-05T06:00Z", "to": "2026-06-05T06:00Z"}, "to"),
        ({"from": "2026-06-05T06:00Z", "to": "2026-06-04T06:00Z"}, "to"),
        ({"to": "2028-06-05T00:00Z"}, "to"),
        ({"from": "2026-06-04T20:00:30Z"}, "from"),
        ({"to": "2026-06-05T06:00:30Z"}, "to"),
        ({"user": "ghost"}, "user"),
        ({"replaces": 7.5}, "replaces"),
        ({"from": "soon"}, "from"),
    ],
)
def test_an_override_that_can_not_be(
    api: Api, ada: User, cleo: User, schedule: Schedule, body: Any, field: str
) -> None:
    good = {"user": "cleo", "from": "2026-06-04T20:00Z", "to": "2026-06-05T06:00Z"}

    answer = api(ada, "write").post(OVERRIDES, good | body)

    assert (answer.status_code, answer.json().get("field")) == (400, field), answer.content
    assert not Override.objects.exists()


def test_every_responder_may_take_it_on_themselves(
    api: Api, ada: User, cleo: User, dan: User, schedule: Schedule
) -> None:
    times = {"from": "2026-06-04T20:00Z", "to": "2026-06-05T06:00Z"}

    assert api(cleo, "write").post(OVERRIDES, {"user": "me", **times}).status_code == 201
    assert api(cleo, "write").post(OVERRIDES, {"user": "ada", **times}).status_code == 403
    assert api(dan, "write").post(OVERRIDES, {"user": "me", **times}).status_code == 403


# --- asking -------------------------------------------------------------------------------------------
def test_who_is_on_call_and_who_is_next(api: Api, dan: User, schedule: Schedule) -> None:
    told = api(dan, "read").get("/api/v1/schedules/shop-primary/now").json()

    assert told["shift"]["users"] == ["ada"]
    assert told["shift"]["to"] == "2026-06-08T07:00:00Z"
    assert (told["following"]["users"], told["gap"]) == (["bo"], None)


def test_who_is_on_call_everywhere(api: Api, dan: User, ada: User, schedule: Schedule) -> None:
    make_schedule("Empty", layer([]))
    make_schedule("Hole")

    told = api(dan, "read").get("/api/v1/oncall").json()

    assert told == {
        "at": "2026-06-03T10:00:00.000Z",
        "results": [
            {"schedule": "empty", "users": [], "gap": "deliberate"},
            {"schedule": "hole", "users": [], "gap": "accidental"},
            {"schedule": "shop-primary", "users": ["ada"], "gap": None},
        ],
    }
    assert [one["schedule"] for one in api(dan, "read").get("/api/v1/oncall?team=shop").json()["results"]] == [
        "shop-primary"
    ]


def test_asking_everywhere_takes_as_many_queries_for_many(api: Api, dan: User, ada: User, bo: User) -> None:
    client = api(dan, "read")

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            client.get("/api/v1/oncall")
        return len(found)

    make_schedule("One", layer([ada], [bo]))
    queries()
    few = queries()
    for number in range(30):
        make_schedule(f"More {number}", layer([ada], [bo]))

    assert queries() == few


@pytest.mark.parametrize(
    ("query", "field"),
    [("from=soon", "from"), ("from=2026-06-03T00:00Z&to=2026-06-03T00:00Z", "to"), ("to=2040-01-01T00:00Z", "to")],
)
def test_a_window_that_can_not_be(api: Api, dan: User, schedule: Schedule, query: str, field: str) -> None:
    answer = api(dan, "read").get(f"/api/v1/schedules/shop-primary/final?{query}")

    assert (answer.status_code, answer.json()["field"]) == (400, field)


def test_one_version_is_in_force(api: Api, ada: User, dan: User, schedule: Schedule) -> None:
    client = api(ada, "write")
    for people in (["dan"], ["bo"], ["cleo"]):
        layers = client.get("/api/v1/schedules/shop-primary").json()["layers"]
        layers[0]["participants"].insert(0, people) if people == ["dan"] else layers[0]["participants"].reverse()
        client.patch("/api/v1/schedules/shop-primary", {"layers": layers})

    assert ScheduleVersion.objects.filter(schedule=schedule, superseded_at__isnull=True).count() == 1
    now = client.get("/api/v1/schedules/shop-primary/now").json()
    assert now["shift"]["users"] == ["ada"]


# --- judging ------------------------------------------------------------------------------------------
def test_why_it_is_who_it_is(api: Api, ada: User, bo: User, cleo: User, schedule: Schedule) -> None:
    client = api(ada, "write")
    made = client.post(OVERRIDES, {"user": "cleo", "from": "2026-06-04T20:00Z", "to": "2026-06-05T06:00Z"}).json()

    told = client.get("/api/v1/schedules/shop-primary/why?at=2026-06-05T00:00Z").json()

    assert told["users"] == ["cleo"]
    assert told["layers"] == [
        {
            "name": "primary",
            "state": "open",
            "turn": 0,
            "users": ["ada"],
            "until": "2026-06-08T07:00:00.000Z",
            "counts": True,
        }
    ]
    assert told["by_hand"] == [
        {
            "kind": "override",
            "id": made["id"],
            "user": "cleo",
            "instead_of": None,
            "until": "2026-06-05T06:00:00.000Z",
            "counts": True,
        }
    ]


def test_what_a_change_would_do_is_said_before_it_is_saved(api: Api, ada: User, dan: User, schedule: Schedule) -> None:
    layers = api(ada, "read").get("/api/v1/schedules/shop-primary").json()["layers"]
    layers[0]["participants"] = [["bo"], ["cleo"]]

    told = api(dan, "read").post("/api/v1/schedules/shop-primary/difference", {"layers": layers}).json()

    assert told["changes"][0] == {
        "from": "2026-06-03T10:00:00Z",
        "to": "2026-06-08T07:00:00Z",
        "before": ["ada"],
        "after": ["bo"],
    }
    assert told["seconds"]["ada"] < 0 < told["seconds"]["bo"]
    assert told["gap_seconds"] == 0
    assert schedule.versions.count() == 1


def test_a_change_that_can_not_be_names_its_field(api: Api, dan: User, schedule: Schedule) -> None:
    answer = api(dan, "read").post("/api/v1/schedules/shop-primary/difference", {"time_zone": "Mars"})

    assert (answer.status_code, answer.json()["field"]) == (400, "time_zone")


def test_who_carries_how_much(api: Api, dan: User, schedule: Schedule) -> None:
    address = "/api/v1/schedules/shop-primary/quality?from=2026-06-08T07:00Z&to=2026-06-29T07:00Z"
    told = api(dan, "read").get(address).json()

    assert told["uncovered"] == 0
    assert sorted((one["user"], one["seconds"], one["nights"]) for one in told["people"]) == [
        ("ada", 604_800, 7),
        ("bo", 604_800, 7),
        ("cleo", 604_800, 7),
    ]
