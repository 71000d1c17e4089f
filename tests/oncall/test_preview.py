"""The preview endpoint: who would be on call, with nothing saved."""

from typing import Any

import pytest

from accounts.models import AuditEntry, User
from tests.cast import Api

pytestmark = pytest.mark.django_db

BODY: dict[str, Any] = {
    "time_zone": "Europe/Berlin",
    "layers": [
        {
            "name": "primary",
            "starts_at": "2026-03-23T09:00",
            "participants": [["ana"], ["bo"]],
            "rotate": {"unit": "week", "every": 1},
        }
    ],
    "window": {"from": "2026-03-29T00:00Z", "to": "2026-03-31T00:00Z"},
}


def test_it_says_who_would_be_on_call(api: Api, dan: User) -> None:
    answer = api(dan, "read").post("/api/v1/schedules/preview", BODY)

    assert answer.status_code == 200
    assert answer.json() == {
        "final": [
            {
                "from": "2026-03-29T00:00:00Z",
                "to": "2026-03-30T07:00:00Z",
                "users": ["ana"],
                "source": {"kind": "layer", "name": "primary", "turn": 0},
            },
            {
                "from": "2026-03-30T07:00:00Z",
                "to": "2026-03-31T00:00:00Z",
                "users": ["bo"],
                "source": {"kind": "layer", "name": "primary", "turn": 1},
            },
        ],
        "gaps": [],
    }
    assert not AuditEntry.objects.filter(subject_kind="schedule").exists()


def test_the_field_at_fault_is_named(api: Api, dan: User) -> None:
    answer = api(dan, "read").post("/api/v1/schedules/preview", {**BODY, "time_zone": "Mars/Olympus"})

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["field"] == "time_zone"


@pytest.mark.parametrize("body", [[], "x", 5, None])
def test_what_is_no_object_is_refused(api: Api, dan: User, body: Any) -> None:
    answer = api(dan, "read").post("/api/v1/schedules/preview", body)

    assert answer.status_code == 400


def test_too_much_for_one_answer_is_refused_at_once(api: Api, dan: User) -> None:
    busy = {**BODY["layers"][0], "rotate": {"unit": "hour", "every": 1}}
    window = {"from": "2026-01-01T00:00Z", "to": "2030-12-31T00:00Z"}

    assert (
        api(dan, "read")
        .post("/api/v1/schedules/preview", {**BODY, "layers": [busy] * 20, "window": window})
        .json()["field"]
        == "window.to"
    )
