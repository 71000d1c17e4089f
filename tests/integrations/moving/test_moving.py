"""Moving in: said first, done by the operations of everybody, and done again until the day of the switch."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import CommandError, call_command

from accounts.actors import Actor
from accounts.models import AuditEntry, User
from common import clock
from common.errors import NotAllowed
from integrations.kit.moving import readers
from oncall.models import EscalationPolicy, Moved, Override, Schedule, Service
from oncall.operations.moving import Mover, Step, Wishes
from oncall.operations.schedules import change_schedule
from oncall.queries import on_call
from oncall.rules.schedules.plan import Shift
from tests.integrations.moving.exports import NOON, SHIFTS, grafana, opsgenie, pagerduty

pytestmark = pytest.mark.django_db
Json = dict[str, Any]
MADE: dict[str, Callable[[], dict[str, list[Json]]]] = {
    "pagerduty": pagerduty,
    "opsgenie": opsgenie,
    "grafana-oncall": grafana,
}
each = pytest.mark.parametrize("source", MADE)


@pytest.fixture(autouse=True)
def _a_spring_day() -> Iterator[None]:
    clock.shift(NOON - clock.now())
    yield
    clock.reset()


@pytest.fixture
def everybody(ada: User, bo: User, cleo: User) -> None:
    """The people of the exports have accounts here."""


def move(source: str, lists: dict[str, list[Json]], by: Actor, **wishes: bool) -> list[Step]:
    return list(Mover(readers()[source].read(lists), by, Wishes(**wishes)).run())


def outcomes(steps: list[Step]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for step in steps:
        found.setdefault(step.kind, set()).add(step.outcome)
    return found


def rows() -> list[int]:
    return [model.objects.count() for model in (Schedule, Override, EscalationPolicy, Service, Moved, User)]


# --- said first -------------------------------------------------------------------------------------
@each
@pytest.mark.usefixtures("everybody")
def test_a_dry_run_changes_nothing_and_says_what_would_be(source: str, actor_ada: Actor) -> None:
    before = rows()

    steps = move(source, MADE[source](), actor_ada)

    assert rows() == before
    assert outcomes(steps)["schedule"] == {"made"}
    assert outcomes(steps)["policy"] == {"made"}
    assert outcomes(steps)["person"] == {"found"}


@each
@pytest.mark.usefixtures("everybody")
def test_what_came_along_is_on_call_as_it_was_there(source: str, actor_ada: Actor) -> None:
    move(source, MADE[source](), actor_ada, apply=True)

    names = {str(user.pk): user.handle for user in User.objects.all()}
    schedules = list(Schedule.objects.order_by("pk"))
    for start, _, who in SHIFTS:
        at = datetime.fromisoformat(start)
        shifts = on_call({schedule.pk for schedule in schedules}, at).values()
        here = {names[user] for shift in shifts if isinstance(shift, Shift) for user in shift.users}
        assert who in here, start
    assert AuditEntry.objects.filter(action="schedule.made", user=actor_ada.user).count() == len(schedules)


@each
@pytest.mark.usefixtures("everybody")
def test_doing_it_again_makes_nothing_twice(source: str, actor_ada: Actor) -> None:
    move(source, MADE[source](), actor_ada, apply=True)
    before = rows()

    steps = move(source, MADE[source](), actor_ada, apply=True)

    assert rows() == before
    assert outcomes(steps)["schedule"] == outcomes(steps)["policy"] == outcomes(steps)["service"] == {"same"}


# --- nobody is paged twice ---------------------------------------------------------------------------
@pytest.mark.usefixtures("everybody")
def test_services_page_nobody_before_the_day_of_the_switch(actor_ada: Actor) -> None:
    move("pagerduty", pagerduty(), actor_ada, apply=True)
    service = Service.objects.get(name="Payments API")
    assert service.policy is None

    steps = move("pagerduty", pagerduty(), actor_ada, apply=True, live=True)

    service.refresh_from_db()
    assert service.policy == EscalationPolicy.objects.get(name="Payments")
    assert outcomes(steps)["service"] == {"changed"}
    levels = list(EscalationPolicy.objects.get(name="Payments").levels.order_by("position"))
    assert [(level.wait_minutes, [one["kind"] for one in level.targets]) for level in levels] == [
        (10, ["schedule"]),
        (15, ["person"]),
    ]


# --- what changes there, and here ----------------------------------------------------------------------
@pytest.mark.usefixtures("everybody")
def test_what_changes_there_is_brought_along_exactly(actor_ada: Actor, cleo: User) -> None:
    """The other system renumbers its turns when somebody is put in front; so does ours, as long as it follows."""
    move("pagerduty", pagerduty(), actor_ada, apply=True)
    lists = pagerduty()
    lists["schedules"][0]["schedule_layers"] = [
        {
            **lists["schedules"][0]["schedule_layers"][1],
            "users": [{"user": {"id": key}} for key in ("PCLEO", "PADA", "PBO")],
        }
    ]

    steps = move("pagerduty", lists, actor_ada, apply=True)

    assert outcomes(steps)["schedule"] == {"changed"}
    [schedule] = Schedule.objects.all()
    # 2026-03-28 is in the twelfth week since the turns began: 11 mod 3.
    shift = on_call({schedule.pk}, datetime(2026, 3, 28, 12, 30, tzinfo=UTC))[schedule.pk]
    assert isinstance(shift, Shift)
    assert User.objects.get(pk=int(shift.users[0])).handle == ["cleo", "ada", "bo"][11 % 3]


@pytest.mark.usefixtures("everybody")
def test_what_was_changed_here_is_left_alone(actor_ada: Actor) -> None:
    move("pagerduty", pagerduty(), actor_ada, apply=True)
    [schedule] = Schedule.objects.all()
    version = schedule.versions.get()
    change_schedule(slug=schedule.slug, by=actor_ada, layers=version.layers[:1])
    lists = pagerduty()
    lists["schedules"][0]["description"] = "changed there too"

    steps = move("pagerduty", lists, actor_ada, apply=True)

    [step] = [step for step in steps if step.kind == "schedule"]
    assert (step.outcome, "changed here since" in step.text) == ("left", True)
    assert len(schedule.versions.get(superseded_at__isnull=True).layers) == 1


@pytest.mark.usefixtures("everybody")
def test_an_override_comes_along_and_goes_when_it_is_taken_back_there(actor_ada: Actor, bo: User) -> None:
    move("pagerduty", pagerduty(), actor_ada, apply=True)
    override = Override.objects.get()
    assert (override.user, override.starts_at) == (bo, datetime(2026, 4, 10, 16, tzinfo=UTC))

    lists = pagerduty()
    lists["overrides"] = []
    steps = move("pagerduty", lists, actor_ada, apply=True)

    override.refresh_from_db()
    assert override.cancelled_at is not None
    assert [step.text for step in steps if step.kind == "override"] == ["taken back in PagerDuty"]


def test_an_override_that_is_over_does_not_come_along(everybody: None, actor_ada: Actor) -> None:
    lists = pagerduty()
    lists["overrides"][0] |= {"start": "2026-03-01T10:00:00Z", "end": "2026-03-01T11:00:00Z"}

    move("pagerduty", lists, actor_ada, apply=True)

    assert not Override.objects.exists()


# --- people ------------------------------------------------------------------------------------------
def test_somebody_without_an_account_holds_up_what_needs_them_and_nothing_else(
    ada: User, bo: User, actor_ada: Actor
) -> None:
    lists = pagerduty()
    lists["schedules"].append({**lists["schedules"][0], "id": "P2", "name": "Weeks only"})
    lists["schedules"][1]["schedule_layers"] = lists["schedules"][1]["schedule_layers"][1:]

    steps = move("pagerduty", lists, actor_ada, apply=True)

    said = {(step.kind, step.name): (step.outcome, step.text) for step in steps}
    assert said["person", "Cleo"] == ("missing", "cleo@example.com has no account here yet")
    assert said["schedule", "Payments"] == ("refused", "No account here: Cleo.")
    assert said["schedule", "Weeks only"][0] == "made"
    assert said["policy", "Payments"] == ("refused", "It asks a schedule that did not come along.")


def test_invited_they_come_along(ada: User, actor_ada: Actor) -> None:
    dry = move("pagerduty", pagerduty(), actor_ada, invite=True)
    assert outcomes(dry)["schedule"] == outcomes(dry)["policy"] == {"made"}
    assert not User.objects.filter(email="cleo@example.com").exists()

    move("pagerduty", pagerduty(), actor_ada, apply=True, invite=True)

    cleo = User.objects.get(email="cleo@example.com")
    assert (cleo.name, cleo.has_usable_password()) == ("Cleo", False)
    assert Schedule.objects.count() == 1


def test_only_administrators_move_in(everybody: None, actor_bo: Actor) -> None:
    with pytest.raises(NotAllowed):
        move("pagerduty", pagerduty(), actor_bo)


@pytest.mark.usefixtures("everybody")
def test_a_name_that_is_taken_gets_the_other_systems_name_behind_it(actor_ada: Actor) -> None:
    move("pagerduty", pagerduty(), actor_ada, apply=True)

    steps = move("grafana-oncall", grafana(), actor_ada, apply=True)

    [step] = [step for step in steps if step.kind == "schedule"]
    assert step.text == "as “Payments (Grafana OnCall)”, because the name is taken"
    assert Schedule.objects.filter(name="Payments (Grafana OnCall)").exists()


# --- the command ----------------------------------------------------------------------------------------
def folder_of(path: Path, lists: dict[str, list[Json]], **wrapped: str) -> str:
    for name, values in lists.items():
        said: Any = {wrapped[name]: values} if name in wrapped else values
        (path / f"{name}.json").write_text(json.dumps(said), encoding="utf-8")
    return str(path)


@pytest.mark.usefixtures("everybody")
def test_the_command_says_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = folder_of(tmp_path, pagerduty(), schedules="schedules")

    call_command("move_in", "pagerduty", folder)

    said = capsys.readouterr().out
    assert "made     schedule Payments" in said
    assert "Payments: the same, shift by shift" in said
    assert "policy Payments, level 2: asks a robot_reference, which has no counterpart here" in said
    assert "1 schedule made" in said
    assert said.rstrip().endswith("Nothing was changed. Add --apply to do it.")
    assert not Schedule.objects.exists()

    call_command("move_in", "pagerduty", folder, apply=True, by="ada@example.com")
    assert "PagerDuty goes on paging" in capsys.readouterr().out
    assert Schedule.objects.count() == 1


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "has none of users.json, schedules.json"),
        ({"users.json": "{"}, "is no JSON"),
        ({"users.json": "[1]"}, "has no list of users"),
        ({"users.json": "[" * 100_000}, "is no JSON"),
    ],
)
def test_a_bad_folder_is_refused(tmp_path: Path, db: None, files: dict[str, str], said: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")

    with pytest.raises(CommandError, match=said):
        call_command("move_in", "pagerduty", str(tmp_path))


def test_no_folder_no_key_and_nobody(db: None, tmp_path: Path, settings: Any) -> None:
    settings.PAGERDUTY_API_KEY = ""
    with pytest.raises(CommandError, match="There is no folder"):
        call_command("move_in", "pagerduty", str(tmp_path / "missing"))
    for source, setting in (("pagerduty", "PAGERDUTY_API_KEY"), ("opsgenie", "OPSGENIE_API_KEY")):
        with pytest.raises(CommandError, match=f"Set {setting}"):
            call_command("move_in", source)
    with pytest.raises(CommandError, match="no person with the address"):
        call_command("move_in", "pagerduty", folder_of(tmp_path, pagerduty()), by="nobody@example.com")


# --- from their APIs ---------------------------------------------------------------------------------------
@pytest.fixture
def web() -> Iterator[tuple[str, dict[str, Any], list[tuple[str, str]]]]:
    """A server that answers by path, with a journal of (path, authorization)."""
    answers: dict[str, Any] = {}
    asked: list[tuple[str, str]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked.append((parts.path, self.headers.get("authorization") or ""))
            found = answers.get(parts.path)
            value = found(parse_qs(parts.query)) if callable(found) else found
            body = json.dumps(
                value if value is not None else {"error": {"message": "Not Found", "code": 2100}}
            ).encode()
            self.send_response(200 if value is not None else 404)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", answers, asked
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.usefixtures("everybody")
def test_pagerduty_is_asked_through_its_own_library(
    web: tuple[str, dict[str, Any], list[tuple[str, str]]],
    settings: Any,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    url, answers, asked = web
    settings.PAGERDUTY_API_KEY, settings.PAGERDUTY_API_URL = "key-of-a-test", url
    lists = pagerduty()
    [schedule] = lists["schedules"]
    for name in ("users", "escalation_policies", "services", "schedules"):
        answers[f"/{name}"] = {name: lists[name], "more": False, "limit": 100, "offset": 0}
    answers["/schedules/PSCHED1"] = lambda query: {"schedule": schedule} if query["since"] and query["until"] else None
    answers["/schedules/PSCHED1/overrides"] = {"overrides": lists["overrides"]}

    call_command("move_in", "pagerduty", apply=True, save=str(tmp_path / "kept"))

    said = capsys.readouterr().out
    assert "made     override Bo on Payments" in said
    assert {authorization for _, authorization in asked} == {"Token token=key-of-a-test"}
    assert Schedule.objects.count() == Override.objects.count() == 1
    call_command("move_in", "pagerduty", str(tmp_path / "kept"))
    assert "1 schedule same" in capsys.readouterr().out


@pytest.mark.usefixtures("everybody")
def test_opsgenie_is_asked_page_by_page(
    web: tuple[str, dict[str, Any], list[tuple[str, str]]], settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    url, answers, asked = web
    settings.OPSGENIE_API_KEY, settings.OPSGENIE_API_URL = "key-of-a-test", url
    lists = opsgenie()
    [schedule] = lists["schedules"]
    timeline = schedule.pop("timeline")
    answers["/v2/users"] = lambda query: (
        {"data": lists["users"][2:]}
        if "offset" in query
        else {"data": lists["users"][:2], "paging": {"next": f"{url}/v2/users?limit=100&offset=2"}}
    )
    answers["/v2/schedules"] = {"data": lists["schedules"]}
    answers["/v2/schedules/s-1/timeline"] = {"data": timeline}
    answers["/v2/schedules/s-1/overrides"] = {"data": lists["overrides"]}
    answers["/v2/escalations"] = {"data": lists["escalations"]}
    answers["/v1/services"] = {"data": lists["services"]}

    call_command("move_in", "opsgenie", apply=True)

    assert "2 schedules made" in capsys.readouterr().out
    assert {authorization for _, authorization in asked} == {"GenieKey key-of-a-test"}


@pytest.mark.usefixtures("everybody")
def test_grafana_is_asked_page_by_page_and_only_at_its_own_address(
    web: tuple[str, dict[str, Any], list[tuple[str, str]]], settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    url, answers, asked = web
    settings.GRAFANA_ONCALL_URL, settings.GRAFANA_ONCALL_TOKEN = url, "key-of-a-test"
    lists = grafana()
    shifts = lists["schedules"][0].pop("final_shifts")
    for name, values in lists.items():
        answers[f"/api/v1/{name}/"] = {"count": len(values), "next": None, "results": values}
    answers["/api/v1/schedules/SGRAF/final_shifts/"] = {"next": None, "results": shifts}

    call_command("move_in", "grafana-oncall", apply=True)
    assert "1 schedule made" in capsys.readouterr().out
    assert {authorization for _, authorization in asked} == {"key-of-a-test"}

    answers["/api/v1/users/"] = {"next": "http://169.254.169.254/latest", "results": []}
    with pytest.raises(CommandError, match="another address than its own"):
        call_command("move_in", "grafana-oncall")


def test_a_key_that_is_not_accepted_is_said(
    db: None, web: tuple[str, dict[str, Any], list[tuple[str, str]]], settings: Any
) -> None:
    settings.OPSGENIE_API_KEY, settings.OPSGENIE_API_URL = "key-of-a-test", f"{web[0]}/nowhere"

    with pytest.raises(CommandError, match="Opsgenie answers 404"):
        call_command("move_in", "opsgenie")
