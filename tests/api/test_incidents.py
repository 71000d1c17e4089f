"""The list, declaring, one incident, and its way through life."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from accounts.models import AuditEntry, User
from common import clock
from incidents.models import Incident, TimelineEvent
from tests.cast import Api
from tests.factories import make_incident, make_private_incident

pytestmark = pytest.mark.django_db

URL = "/api/v1/incidents"


def numbers(answer: Any) -> list[int]:
    return [row["number"] for row in answer.json()["results"]]


# --- declaring --------------------------------------------------------------------------------------


def test_a_title_is_enough(api: Api, bo: User) -> None:
    answer = api(bo, "write").post(URL, {"title": "Checkout answers 5xx"})

    body = answer.json()
    assert answer.status_code == 201
    assert answer["Location"] == f"/api/v1/incidents/{body['number']}"
    assert body["severity"] == 3
    assert body["severity_confirmed"] is False
    assert body["status"] == "triage"
    assert body["reference"] == f"INC-{body['number']}"
    assert body["declared_at"].endswith("Z")
    assert AuditEntry.objects.get(action="incident.declared").token_id_used is not None


def test_everything_may_be_said_at_once(api: Api, bo: User, services: Any) -> None:
    body = (
        api(bo)
        .post(
            URL,
            {
                "title": "Checkout",
                "severity": "sev2",
                "summary": "It began at noon.",
                "impact": "Nobody can pay.",
                "services": ["checkout", "Payments"],
                "tags": ["DB", "eu"],
                "private": True,
                "drill": True,
            },
        )
        .json()
    )

    assert body["severity"] == 2
    assert body["severity_name"] == "major"
    assert [service["slug"] for service in body["services"]] == ["checkout", "payments"]
    assert body["tags"] == ["db", "eu"]
    assert body["private"]
    assert body["drill"]


@pytest.mark.parametrize(
    ("said", "meant"),
    [(1, 1), ("2", 2), ("SEV3", 3), ("sev-4", 4), ("sev 5", 5), ("critical", 1), ("Notice", 5), (None, 3)],
)
def test_severity_is_read_as_people_write_it(api: Api, bo: User, said: Any, meant: int) -> None:
    assert api(bo).post(URL, {"title": "x", "severity": said}).json()["severity"] == meant


def test_viewers_declare_too(api: Api, dan: User) -> None:
    assert api(dan).post(URL, {"title": "x"}).status_code == 201


def test_a_reading_token_declares_nothing(api: Api, bo: User) -> None:
    answer = api(bo, "read").post(URL, {"title": "x"})

    assert answer.status_code == 403
    assert "write" in answer.json()["title"]
    assert not Incident.objects.exists()


# --- the list ---------------------------------------------------------------------------------------


def test_the_list_is_newest_first_in_pages(api: Api, bo: User) -> None:
    made = [make_incident(f"Number {n}").pk for n in range(5)]
    client = api(bo, "read")

    first = client.get(f"{URL}?page_size=2")
    second = client.get(first.json()["next"])
    back = client.get(second.json()["previous"])

    assert numbers(first) == made[:2:-1]
    assert numbers(second) == [made[2], made[1]]
    assert numbers(back) == numbers(first)
    assert first.json()["previous"] is None


def test_pages_stay_while_incidents_arrive(api: Api, bo: User) -> None:
    made = [make_incident(f"Number {n}").pk for n in range(6)]
    client = api(bo)
    seen: list[int] = []

    address: str | None = f"{URL}?page_size=2"
    while address:
        page = client.get(address)
        seen += numbers(page)
        address = page.json()["next"]
        make_incident("Another one meanwhile")

    assert seen == made[::-1]


def test_filters(api: Api, ada: User, bo: User, services: Any) -> None:
    one = make_incident("Checkout down", by=bo, severity=1, services=["checkout"], tags=["db", "größe"])
    two = make_incident("Search slow", severity=4, services=["search"], tags=["db-2", "under_score"])
    drill = make_incident("Exercise", is_drill=True)
    private = make_private_incident("Leak", by=bo)
    client = api(bo)
    client.post(f"{URL}/{two.pk}/messages", {"text": "the needle is here"})
    client.post(f"{URL}/{two.pk}/resolve", {})

    def found(query: str) -> set[int]:
        answer = client.get(f"{URL}?{query}")
        assert answer.status_code == 200, answer.content
        return set(numbers(answer))

    assert found("state=open") == {one.pk, drill.pk, private.pk}
    assert found("state=ended") == {two.pk}
    assert found("state=resolved") == {two.pk}
    assert found("severity=sev1") == {one.pk}
    assert found("severity=4") == {two.pk}
    assert found("service=search") == {two.pk}
    assert found("team=shop") == {one.pk}
    assert found("tag=db") == {one.pk}
    assert found("tag=DB-2") == {two.pk}
    assert found("tag=gr%C3%B6%C3%9Fe") == {one.pk}
    assert found("tag=underXscore") == set()
    assert found("mine=1") == {one.pk, private.pk}
    assert found("drill=1") == {drill.pk}
    assert found("drill=0&private=0") == {one.pk, two.pk}
    assert found("private=true") == {private.pk}
    assert found("q=NEEDLE") == {two.pk}
    assert found("q=checkout&severity=1&state=open") == {one.pk}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("state=asleep", "state"),
        ("severity=9", "severity"),
        ("severity=sev", "severity"),
        ("mine=perhaps", "mine"),
        ("drill=2", "drill"),
        ("private=x", "private"),
        ("cursor=nonsense", "cursor"),
        ("cursor=cD1hYmM=", "cursor"),
        ("q=%00", "q"),
        ("tag=" + "x" * 501, "tag"),
    ],
)
def test_a_bad_filter_is_named(api: Api, bo: User, query: str, field: str) -> None:
    make_incident()

    answer = api(bo).get(f"{URL}?{query}")

    assert answer.status_code == 400
    assert answer.json()["field"] == field


def test_a_cursor_beyond_every_row_is_an_ordinary_page(api: Api, bo: User) -> None:
    make_incident()

    assert api(bo).get(f"{URL}?cursor=cD05OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5").status_code == 200


# --- one incident -----------------------------------------------------------------------------------


def test_one_incident(api: Api, bo: User, ada: User) -> None:
    incident = make_incident(by=bo)
    client = api(bo)
    client.post(f"{URL}/{incident.pk}/roles", {"role": "lead", "user": "@ada"})

    body = client.get(f"{URL}/{incident.pk}").json()

    assert body["title"] == incident.title
    assert body["commander"]["handle"] == "ada"
    assert body["roles"][0]["role"] == "commander"
    assert body["url"].endswith(f"/incidents/{incident.pk}")


@pytest.mark.parametrize("number", ["0", "999", "99999999999999999999999"])
def test_what_is_not_there_is_a_404(api: Api, bo: User, number: str) -> None:
    for answer in (api(bo).get(f"{URL}/{number}"), api(bo).post(f"{URL}/{number}/messages", {"text": "x"})):
        assert answer.status_code == 404
        assert answer["Content-Type"] == "application/problem+json"


def test_addresses_have_no_slash_at_the_end(api: Api, bo: User) -> None:
    assert api(bo).get(f"{URL}/").status_code == 404


def test_each_change_is_an_event_of_its_own(api: Api, bo: User) -> None:
    incident = make_incident(by=bo, tags=["old", "kept"])
    noon = clock.now() - timedelta(hours=2)

    answer = api(bo).patch(
        f"{URL}/{incident.pk}",
        {
            "title": "Better",
            "summary": "S",
            "impact": "I",
            "now": "N",
            "doing": "D",
            "need": "",
            "severity": "critical",
            "status": "fixing",
            "tags": ["kept", "new"],
            "started_at": noon.isoformat(),
        },
    )

    body = answer.json()
    assert answer.status_code == 200
    assert (body["title"], body["now"], body["severity"], body["status"]) == ("Better", "N", 1, "fixing")
    assert body["tags"] == ["kept", "new"]
    assert body["started_at"] == noon.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    kinds = list(incident.events.order_by("sequence").values_list("kind", flat=True))
    assert kinds == [
        "incident.declared",
        "title.changed",
        "field.changed",
        "field.changed",
        "field.changed",
        "field.changed",
        "severity.changed",
        "tag.added",
        "tag.removed",
        "status.changed",
        "time.set",
    ]


@pytest.mark.django_db(transaction=True)
def test_one_refusal_undoes_all(api: Api, bo: User) -> None:
    incident = make_incident(by=bo)

    answer = api(bo).patch(f"{URL}/{incident.pk}", {"title": "Better", "started_at": "2999-01-01T00:00:00Z"})

    assert answer.status_code == 400
    assert Incident.objects.get().title == incident.title
    assert incident.events.count() == 1


def test_nothing_changed_is_no_event(api: Api, bo: User) -> None:
    incident = make_incident(by=bo)

    assert api(bo).patch(f"{URL}/{incident.pk}", {"title": incident.title}).status_code == 200
    assert api(bo).patch(f"{URL}/{incident.pk}", {}).status_code == 200
    assert incident.events.count() == 1


def test_a_time_with_another_zone_is_kept_as_utc(api: Api, bo: User, browser: Any) -> None:
    User.objects.filter(pk=bo.pk).update(time_zone="Asia/Tokyo")
    incident = make_incident(by=bo)
    client = browser(bo)

    body = client.patch(f"{URL}/{incident.pk}", {"started_at": "2026-01-02T03:04:05+02:00"}).json()

    assert body["started_at"] == "2026-01-02T01:04:05.000Z"
    assert body["declared_at"].endswith("Z")
    plain = client.patch(f"{URL}/{incident.pk}", {"detected_at": "2026-01-02T03:04:05"}).json()
    assert plain["detected_at"] == "2026-01-02T03:04:05.000Z"


def test_key_times_can_be_cleared(api: Api, bo: User) -> None:
    incident = make_incident(by=bo)

    body = api(bo).patch(f"{URL}/{incident.pk}", {"detected_at": None}).json()

    assert body["detected_at"] is None
    assert api(bo).patch(f"{URL}/{incident.pk}", {"declared_at": None}).json()["field"] == "declared_at"


# --- life -------------------------------------------------------------------------------------------


def test_from_triage_to_closed_and_back(api: Api, bo: User) -> None:
    number = make_incident(by=bo, severity=4).pk
    client = api(bo)

    def post(verb: str, **body: Any) -> Any:
        answer = client.post(f"{URL}/{number}/{verb}", body)
        assert answer.status_code == 200, answer.content
        return answer.json()

    assert post("status", status="investigating", text="looking")["status"] == "investigating"
    assert post("severity", severity="sev2", reason="worse")["severity"] == 2
    mitigated = post("mitigate", text="rolled back")
    assert mitigated["status"] == "monitoring"
    assert mitigated["mitigated_at"]
    assert post("resolve", text="done")["resolved_at"]
    assert client.post(f"{URL}/{number}/close", {}).json()["field"] == "waive_reason"
    assert post("close", waive_reason="nobody was needed to lead")["closed_at"]
    assert client.post(f"{URL}/{number}/reopen", {"reason": "short"}).json()["field"] == "reason"
    reopened = post("reopen", reason="it came back again")
    assert reopened["status"] == "investigating"
    assert reopened["closed_at"] is None
    assert post("cancel", reason="false alarm")["status"] == "cancelled"
    assert client.post(f"{URL}/{number}/mitigate", {}).status_code == 409


@pytest.mark.parametrize(
    ("verb", "body", "field"),
    [
        ("status", {}, "status"),
        ("status", {"status": "asleep"}, "status"),
        ("status", {"status": "merged"}, "status"),
        ("status", {"status": 5}, "status"),
        ("severity", {}, "severity"),
        ("severity", {"severity": 0}, "severity"),
        ("severity", {"severity": True}, "severity"),
        ("severity", {"severity": [1]}, "severity"),
        ("mitigate", {"at": "2999-01-01T00:00:00Z"}, "at"),
        ("mitigate", {"text": "x" * 2001}, "text"),
        ("resolve", {"at": 5}, "at"),
        ("resolve", {"until": 5}, "until"),
        ("close", {"waive_reason": 1}, "waive_reason"),
        ("cancel", {}, "reason"),
        ("cancel", {"reason": ""}, "reason"),
        ("reopen", {}, "reason"),
        ("merge", {}, "into"),
        ("merge", {"into": "2"}, "into"),
        ("merge", {"into": 2**70}, "into"),
        ("access", {}, "private"),
        ("access", {"private": "yes"}, "private"),
        ("links", {"url": "javascript:alert(1)"}, "url"),
        ("services", {"service": "ghost"}, "services"),
        ("tags", {"tag": "two words"}, "tag"),
        ("related", {"incident": -1}, "incident"),
        ("watch", {"on": 1}, "on"),
        ("join", {"as": "boss"}, "as"),
    ],
)
def test_a_malformed_verb_is_named(api: Api, bo: User, verb: str, body: Any, field: str) -> None:
    number = make_incident(by=bo).pk

    answer = api(bo).post(f"{URL}/{number}/{verb}", body)

    assert answer.status_code == 400, answer.content
    assert answer.json()["field"] == field


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("status", {"status": "fixing"}),
        ("severity", {"severity": 1}),
        ("mitigate", {}),
        ("resolve", {}),
        ("close", {}),
        ("cancel", {"reason": "false alarm"}),
        ("reopen", {"reason": "it came back again"}),
        ("access", {"private": True}),
        ("links", {"url": "https://example.com"}),
        ("services", {"service": "checkout"}),
        ("tags", {"tag": "db"}),
    ],
)
def test_viewers_do_not_run_incidents(api: Api, dan: User, services: Any, verb: str, body: Any) -> None:
    number = make_incident().pk

    answer = api(dan).post(f"{URL}/{number}/{verb}", body)

    assert answer.status_code == 403
    assert answer.json()["code"] == "not-allowed"
    assert TimelineEvent.objects.count() == 1


def test_merging_answers_the_merged_one(api: Api, bo: User) -> None:
    source, target = make_incident("Same").pk, make_incident("Other").pk

    body = api(bo).post(f"{URL}/{source}/merge", {"into": target}).json()

    assert (body["number"], body["status"], body["merged_into"]) == (source, "merged", target)
    assert api(bo).post(f"{URL}/{target}/merge", {"into": target}).json()["field"] == "into"


def test_a_private_one_is_not_merged_into_the_open(api: Api, bo: User, ada: User) -> None:
    private, target = make_private_incident(by=bo).pk, make_incident("Open").pk
    theirs = make_private_incident(by=ada).pk

    assert api(bo).post(f"{URL}/{private}/merge", {"into": target}).status_code == 400
    assert api(bo).post(f"{URL}/{target}/merge", {"into": theirs}).status_code == 404


# --- facts ------------------------------------------------------------------------------------------


def test_links_services_tags_and_relations(api: Api, bo: User, services: Any) -> None:
    one, two = make_incident(by=bo).pk, make_incident("Other").pk
    client = api(bo)

    link = client.post(f"{URL}/{one}/links", {"url": "https://example.com/graph", "title": "Graph"})
    assert link.status_code == 201
    assert link.json()["links"] == [{"url": "https://example.com/graph", "title": "Graph"}]
    assert client.post(f"{URL}/{one}/services", {"service": "Checkout"}).json()["services"][0]["slug"] == "checkout"
    assert client.delete(f"{URL}/{one}/services/checkout").status_code == 204
    assert client.delete(f"{URL}/{one}/services/ghost").status_code == 400
    assert client.post(f"{URL}/{one}/tags", {"tag": "#Area/DB"}).json()["tags"] == ["area/db"]
    assert client.delete(f"{URL}/{one}/tags/area/db").status_code == 204
    assert client.get(f"{URL}/{one}").json()["tags"] == []
    assert client.post(f"{URL}/{one}/related", {"incident": two}).json() == {"related": [two]}
    assert client.get(f"{URL}/{two}/related").json() == {"related": [one]}


def test_links_and_relations_are_taken_off(api: Api, bo: User, dan: User) -> None:
    one, two = make_incident(by=bo).pk, make_incident("Mail", by=bo).pk
    client = api(bo)
    address = "https://example.com/graph?a=1&b=2"
    client.post(f"{URL}/{one}/links", {"url": address, "title": "Graph"})
    client.post(f"{URL}/{one}/related", {"incident": two})
    link = f"{URL}/{one}/links?url={quote(address, safe='')}"

    assert api(dan).delete(link).status_code == 403
    assert [client.delete(link).status_code for _ in range(2)] == [204, 204]
    assert [client.delete(f"{URL}/{two}/related/{one}").status_code for _ in range(2)] == [204, 204]

    assert client.get(f"{URL}/{one}").json()["links"] == []
    assert client.get(f"{URL}/{one}/related").json() == {"related": []}
    kinds = [(event.kind, event.shown_text) for event in TimelineEvent.objects.order_by("pk")]
    assert kinds.count(("link.removed", "Link taken off: Graph")) == 1
    assert kinds.count(("unrelated", f"Not related to #{one} after all")) == 1
    assert AuditEntry.objects.filter(action__in=["link.removed", "unrelated"], user=bo).count() == 2
    assert client.delete(f"{URL}/{one}/links").json()["field"] == "url"
    assert client.delete(f"{URL}/{one}/related/999").status_code == 404


def test_a_private_relation_is_not_taken_off_by_who_may_not_see_it(api: Api, ada: User, bo: User) -> None:
    open_one, private = make_incident(by=ada), make_private_incident(by=ada)
    open_one.related.add(private)

    assert api(bo).delete(f"{URL}/{open_one.pk}/related/{private.pk}").status_code == 404
    assert open_one.related.count() == 1


def test_related_private_ones_are_left_out(api: Api, ada: User, bo: User) -> None:
    open_one, private = make_incident().pk, make_private_incident(by=ada).pk
    api(ada).post(f"{URL}/{private}/related", {"incident": open_one})

    assert api(bo).get(f"{URL}/{open_one}/related").json() == {"related": []}
    assert api(bo).post(f"{URL}/{open_one}/related", {"incident": private}).status_code == 404


def test_making_private_and_opening(api: Api, bo: User, cleo: User, ada: User) -> None:
    number = make_incident(by=bo).pk

    assert api(bo).post(f"{URL}/{number}/access", {"private": True, "reason": "a person"}).json()["private"]
    assert api(cleo).get(f"{URL}/{number}").status_code == 404
    assert api(bo).post(f"{URL}/{number}/access", {"private": False}).status_code == 403
    api(bo).post(f"{URL}/{number}/roles", {"role": "commander", "user": "me"})
    assert api(bo).post(f"{URL}/{number}/access", {"private": False}).json()["private"] is False


def test_a_kind_of_answer_that_nobody_asked_for_is_still_json(api: Api, bo: User) -> None:
    make_incident()

    answer = api(bo).get(f"{URL}?format=xml", headers={"Accept": "text/html"})

    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "private, no-store"


def test_a_filter_that_the_list_does_not_have_is_refused_by_name(api: Api, bo: User) -> None:
    answer = api(bo).get(f"{URL}?status=triage")

    assert answer.status_code == 400
    assert answer.json()["field"] == "status"
    assert "state" in answer.json()["hint"]
