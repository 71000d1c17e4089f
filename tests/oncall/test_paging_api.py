"""Policies and pages by API: policy, declare, page, ack, and nothing more is sent."""

from typing import Any

import pytest

from accounts.actors import Actor
from accounts.models import Team, User
from oncall.models import Page, Service
from oncall.operations.paging import page_targets
from oncall.rules.escalation import Target
from tests.cast import Api
from tests.factories import layer, make_incident, make_private_incident, make_schedule
from tests.factories.escalation import level, make_contact, make_policy
from tests.fakes.pager import FakePager
from tests.oncall.paging_kit import minutes_pass, work_due

pytestmark = pytest.mark.django_db

POLICIES, PAGES = "/api/v1/escalation-policies", "/api/v1/pages"


def person(handle: str, wait: int = 5) -> dict[str, Any]:
    return {"wait_minutes": wait, "targets": [{"kind": "person", "ref": f"@{handle}"}]}


def test_a_policy_a_declare_an_ack_and_nothing_more(
    api: Api, pager: FakePager, ada: User, bo: User, cleo: User, services: dict[str, Service]
) -> None:
    make_contact(cleo)
    make_contact(bo)
    admin, mine = api(ada), api(cleo)
    made = admin.post(POLICIES, {"name": "Checkout", "levels": [person("cleo"), person("bo")]})
    assert made.status_code == 201, made.content
    assert admin.patch("/api/v1/services/checkout", {"policy": "checkout"}).json()["policy"] == "checkout"

    number = api(bo).post("/api/v1/incidents", {"title": "5xx", "services": ["checkout"]}).json()["number"]
    work_due()
    page = mine.get(f"{PAGES}?mine=1&status=open").json()["results"][0]
    acked = mine.post(f"{PAGES}/{page['id']}/ack")
    minutes_pass(10)

    assert page["about"] == {
        "kind": "incident",
        "id": number,
        "title": f"#{number} 5xx",
        "path": f"/incidents/{number}",
    }
    assert [(one["kind"], one["state"], len(one["tries"])) for one in page["channels"]] == [("fake", "sent", 1)]
    assert acked.json()["status"] == "acked"
    assert acked.json()["answered_by"]["handle"] == "cleo"
    assert pager.paged() == ["cleo"]
    assert mine.get(f"/api/v1/incidents/{number}").json()["status"] == "investigating"


def test_a_policy_says_what_it_lacks(api: Api, ada: User, bo: User, pager: FakePager) -> None:
    make_schedule("Days", layer([bo], starts_at="2099-01-01T00:00"))
    targets = [{"kind": "schedule", "ref": "days"}]

    made = api(ada).post(POLICIES, {"name": "Thin", "levels": [{"targets": targets}, person("bo")]}).json()

    assert made["levels"][0] == {
        "wait_minutes": 5,
        "targets": [{"kind": "schedule", "id": made["levels"][0]["targets"][0]["id"], "ref": "days", "name": "Days"}],
    }
    assert made["warnings"] == [
        "Level 1 has nobody at this time.",
        "Nobody of level 2 has a verified contact method.",
        "There is no catch-all policy: where no level has anybody, nobody is paged.",
    ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"levels": []}, "levels"),
        ({"levels": [{"wait_minutes": 5, "targets": []}]}, "levels[0].targets"),
        ({"levels": [person("nobody")]}, "levels[0].targets[0].ref"),
        ({"levels": [{"wait_minutes": 0, "targets": []}]}, "levels"),
        ({"levels": [person("bo")], "repeats": 10}, "repeats"),
        ({"levels": [person("bo")], "name": "!"}, "name"),
        ({"levels": [person("bo")], "colour": "red"}, "colour"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused_by_field(
    api: Api, ada: User, bo: User, body: dict[str, Any], field: str
) -> None:
    answer = api(ada).post(POLICIES, {"name": "Odd", **body})

    assert answer.status_code == 400
    assert field in answer.content.decode()


def test_a_team_s_responders_change_its_policy_and_nobody_else(
    api: Api, bo: User, cleo: User, services: dict[str, Service]
) -> None:
    make_policy("Shop", level(bo), team=Team.objects.get(slug="shop"))

    assert api(cleo).patch(f"{POLICIES}/shop", {"repeats": 3}).status_code == 403
    assert api(bo).patch(f"{POLICIES}/shop", {"repeats": 3}).json()["repeats"] == 3
    assert api(bo).patch(f"{POLICIES}/shop", {"is_catch_all": True}).status_code == 403


def test_the_catch_all_is_one_and_always_there(api: Api, ada: User, bo: User) -> None:
    make_policy("First", level(bo), is_catch_all=True)
    make_policy("Second", level(bo))
    admin = api(ada)

    assert admin.delete(f"{POLICIES}/first").status_code == 409
    assert admin.patch(f"{POLICIES}/first", {"is_catch_all": False}).status_code == 409
    assert admin.patch(f"{POLICIES}/second", {"is_catch_all": True}).json()["is_catch_all"] is True
    assert admin.get(f"{POLICIES}/first").json()["is_catch_all"] is False


def test_a_policy_that_a_service_uses_stays(api: Api, ada: User, bo: User, services: dict[str, Service]) -> None:
    make_policy("Shop", level(bo))
    admin = api(ada)
    admin.patch("/api/v1/services/checkout", {"policy": "shop"})

    assert admin.delete(f"{POLICIES}/shop").status_code == 409
    admin.patch("/api/v1/services/checkout", {"policy": None})
    assert admin.delete(f"{POLICIES}/shop").status_code == 204
    assert admin.get(f"{POLICIES}/shop").status_code == 404


def test_simulating_says_who_would_be_paged_when(api: Api, pager: FakePager, ada: User, bo: User, cleo: User) -> None:
    make_contact(bo)
    make_contact(cleo)
    make_policy("Shop", level(cleo), level(bo, wait=10), repeats=1)

    found = api(cleo).get(f"{POLICIES}/shop/simulate?at=2026-06-01T03:00Z").json()

    assert [(step["at"], step["level"], step["round"], step["people"][0]["handle"]) for step in found["steps"]] == [
        ("2026-06-01T03:00:00.000Z", 1, 1, "cleo"),
        ("2026-06-01T03:05:00.000Z", 2, 1, "bo"),
        ("2026-06-01T03:15:00.000Z", 1, 2, "cleo"),
        ("2026-06-01T03:20:00.000Z", 2, 2, "bo"),
        ("2026-06-01T03:30:00.000Z", 0, 1, "cleo"),
    ]
    assert [step["why"] for step in found["steps"]] == ["", "", "", "", "again"]


def test_the_night_the_clocks_go_back_each_hour_has_its_own_person(
    api: Api, pager: FakePager, bo: User, cleo: User
) -> None:
    """Berlin, 31 October 2027: 02:30 comes twice. The turn changes each hour of wall time, so once in the two."""
    make_contact(bo)
    make_contact(cleo)
    rotate = {"unit": "hour", "every": 1}
    schedule = make_schedule("Nights", layer([bo], [cleo], starts_at="2027-10-31T01:00", rotate=rotate))
    make_policy("Night", level(schedule))

    def asked(at: str) -> str:
        steps = api(bo).get(f"{POLICIES}/night/simulate?at={at}").json()["steps"]
        return str(steps[0]["people"][0]["handle"])

    on_call = {
        at: api(bo).get(f"/api/v1/schedules/nights/now?at={at}").json()["shift"]["users"][0]
        for at in ("2027-10-30T23:30Z", "2027-10-31T00:30Z", "2027-10-31T01:30Z", "2027-10-31T02:30Z")
    }

    assert {at: asked(at) for at in on_call} == on_call
    assert set(on_call.values()) == {"bo", "cleo"}


def test_paging_by_hand_and_who_may(api: Api, pager: FakePager, ada: User, bo: User, cleo: User, dan: User) -> None:
    make_contact(cleo)
    number = make_incident(by=ada).pk
    where = f"/api/v1/incidents/{number}/page"

    refused = api(dan).post(where, {"target": "@cleo"})
    made = api(bo).post(where, {"target": "@cleo", "text": "please look at the cards"})
    work_due()

    assert refused.status_code == 403
    assert made.status_code == 201, made.content
    assert made.json()["pages"][0]["text"] == "please look at the cards"
    assert "please look at the cards" in pager.journal[0].lines
    assert api(bo).post(where, {"target": "nobody-here"}).status_code == 400
    assert api(bo).post(where, {"target": "@cleo"}).status_code == 409


def test_declaring_can_name_who_is_paged_or_nobody(
    api: Api, pager: FakePager, bo: User, cleo: User, services: dict[str, Service]
) -> None:
    make_contact(cleo)
    make_contact(bo)
    Service.objects.filter(slug="checkout").update(policy=make_policy("Shop", level(bo)))
    client = api(bo)

    client.post("/api/v1/incidents", {"title": "One", "services": ["checkout"], "page": "none"})
    client.post("/api/v1/incidents", {"title": "Two", "services": ["checkout"], "page": "@cleo"})
    wrong = client.post("/api/v1/incidents", {"title": "Three", "page": "nobody-here"})
    work_due()

    assert pager.paged() == ["cleo"]
    assert wrong.status_code == 400


def test_another_s_page_can_be_taken_and_not_passed_on(
    api: Api, pager: FakePager, ada: User, bo: User, cleo: User
) -> None:
    make_contact(cleo)
    number = make_incident(by=ada).pk
    api(ada).post(f"/api/v1/incidents/{number}/page", {"target": "@cleo"})
    page = Page.objects.get()

    assert api(bo).post(f"{PAGES}/{page.pk}/pass").status_code == 403
    assert api(bo).post(f"{PAGES}/{page.pk}/snooze").status_code == 403
    assert api(bo).post(f"{PAGES}/{page.pk}/ack").json()["answered_by"]["handle"] == "bo"
    # Once more changes nothing, and says who has it.
    assert api(cleo).post(f"{PAGES}/{page.pk}/ack").json()["answered_by"]["handle"] == "bo"


def test_pages_of_private_incidents_are_for_who_is_in_them(
    api: Api, pager: FakePager, ada: User, bo: User, cleo: User
) -> None:
    make_contact(cleo)
    incident = make_private_incident(by=ada)
    api(ada).post(f"/api/v1/incidents/{incident.pk}/page", {"target": "@cleo", "text": "the key is out"})
    page = Page.objects.get()

    assert api(bo).get(PAGES).json()["results"] == []
    assert api(bo).get(f"{PAGES}/{page.pk}").status_code == 404
    assert api(bo).post(f"{PAGES}/{page.pk}/ack").status_code == 404
    assert api(cleo).get(f"{PAGES}/{page.pk}").json()["about"]["title"] == f"Private incident #{incident.pk}"


def test_a_list_of_pages_costs_the_same_however_long(
    api: Api, pager: FakePager, ada: User, cleo: User, django_assert_max_num_queries: Any
) -> None:
    make_contact(cleo)
    make_policy("Shop", level(cleo))
    for number in range(12):
        incident = make_incident(f"Number {number}", by=ada)
        api(ada).post(f"/api/v1/incidents/{incident.pk}/page", {"target": "@cleo"})
    client = api(ada)

    with django_assert_max_num_queries(12):
        assert len(client.get(PAGES).json()["results"]) == 12


def test_audit_says_who_answered(api: Api, pager: FakePager, ada: User, cleo: User) -> None:
    from accounts.models import AuditEntry

    make_contact(cleo)
    incident = make_incident(by=ada)
    api(ada).post(f"/api/v1/incidents/{incident.pk}/page", {"target": "@cleo"})

    api(cleo).post(f"{PAGES}/{Page.objects.get().pk}/ack")

    assert AuditEntry.objects.get(action="page.acked").user == cleo
    assert AuditEntry.objects.get(action="page.asked").user == ada


def test_who_is_being_paged_sees_it_on_every_page_once(
    client: Any, pager: FakePager, ada: User, bo: User, cleo: User, services: dict[str, Service]
) -> None:
    make_contact(cleo)
    for title in ("5xx", "Mail is slow"):
        page_targets(
            subject_kind="incident",
            subject_id=make_incident(title, by=bo).pk,
            targets=[Target("person", cleo.pk, "Cleo")],
            by=Actor.person(bo, "web"),
        )

    seen = {}
    for user in (cleo, bo):
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        seen[user] = client.get("/incidents").content.decode().count("You are being paged")

    assert seen == {cleo: 1, bo: 0}
