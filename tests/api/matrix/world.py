"""What the rows ask for: two incidents, and a client for each actor."""

import io
from datetime import timedelta
from typing import Any

from rest_framework.test import APIClient

from accounts.actors import SYSTEM, Actor
from accounts.models import Role, User
from chatops.models import Room, RoomStep
from common import clock
from common.pending import Pending
from connections.models import Lane
from incidents.models import Incident, IncidentAlert
from incidents.operations.attachments import keep_file
from incidents.operations.people import assign_role, invite
from incidents.operations.postmortems import start_postmortem
from incidents.operations.talk import say
from incidents.operations.tasks import add_item
from oncall.links import answer_url
from oncall.models import Override, ShiftRequest
from oncall.operations.calendars import follow_calendar
from oncall.operations.feeds import make_feed
from oncall.operations.swaps import ask_cover
from tests.factories import (
    layer,
    link_identity,
    make_alert,
    make_connection,
    make_delivery,
    make_group,
    make_incident,
    make_received,
    make_schedule,
    make_service,
    make_team,
    make_token,
)
from tests.factories.escalation import level, make_policy
from tests.factories.paging import make_mail, make_page, reach

CANARY = "canary-5e1f"
_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def build(cast: dict[str, User], *, is_private: bool) -> dict[str, Any]:
    """Make the incident that is asked for and everything around it; returns what the words in braces mean."""
    ada, cleo = cast["ada"], cast["cleo"]
    word = CANARY if is_private else "plain"
    shop = make_team("Shop", ada)
    make_service("Checkout", team=shop)
    incident = make_incident(f"Title {word}", by=SYSTEM, summary=f"summary {word}", services=["checkout"], tags=["db"])
    number = incident.pk
    Incident.objects.filter(pk=number).update(is_private=is_private)
    other = make_incident("Another one", by=SYSTEM)
    invite(number=number, user=cleo, by=SYSTEM)
    line = say(number=number, text=f"line {word}", by=Actor.person(cleo, "web"))
    kept = keep_file(number=number, name=f"file-{word}.txt", content=word.encode(), by=Actor.person(cleo, "web"))
    say(number=number, text="with a file", by=Actor.person(cleo, "web"), attachments=[kept.pk])
    add_item(number=number, text=f"task {word}", by=SYSTEM, owner=cleo)
    start_postmortem(number=number, by=SYSTEM)
    return {
        "number": number,
        "line": line.sequence,
        "other": other.pk,
        "file": kept.pk,
        **{handle: user.pk for handle, user in cast.items()},
        **_outside(number, word),
        **_somebody_elses(),
        "override": _schedule().pk,
        "request": _request().pk,
        **_calendar(),
        **_paging(number, User.objects.get(email="somebody@example.com")),
    }


def _paging(number: int, user: User) -> dict[str, Any]:
    """A page to somebody else, with its link, and what reaches them."""
    make_mail()
    make_policy("Nights", level(user))
    method, page = reach(user), make_page(user, number, text="come quickly")
    return {
        "page": page.pk,
        "answer_token": answer_url(page).rpartition("/")[2],
        "other_method": method.pk,
        "other_rule": method.rules.first().pk,  # type: ignore[union-attr]
    }


def _schedule() -> Override:
    """Nobody's team's, so that only administrators change it."""
    schedule = make_schedule("Nights")
    now = clock.now()
    somebody = User.objects.get(email="somebody@example.com")
    return Override.objects.create(
        schedule=schedule, user=somebody, starts_at=now + timedelta(days=1), ends_at=now + timedelta(days=2)
    )


def _request() -> ShiftRequest:
    """Somebody else asks for cover."""
    somebody = User.objects.get(email="somebody@example.com")
    schedule = make_schedule("Days", layer([somebody]))
    follow_calendar(slug=schedule.slug, url="https://calendar.example.com/days.ics", by=SYSTEM)
    starts_at = clock.now() + timedelta(days=1)
    ends_at, by = starts_at + timedelta(hours=4), Actor.person(somebody, "web")
    return ask_cover(slug=schedule.slug, starts_at=starts_at, ends_at=ends_at, by=by)


def _calendar() -> dict[str, Any]:
    """Somebody else's shifts as a calendar, with its address."""
    row, address = make_feed(by=Actor.person(User.objects.get(email="somebody@example.com"), "web"))
    return {"other_feed": row.pk, "feed_secret": address.rpartition("/")[2].removesuffix(".ics")}


def _somebody_elses() -> dict[str, Any]:
    nobody_here = User.objects.create_user("somebody@example.com")
    return {
        "somebody": nobody_here.pk,
        "other_token": make_token(nobody_here)[0].pk,
        "other_identity": link_identity(nobody_here, "slack:T1", "U1").pk,
    }


def _outside(number: int, word: str) -> dict[str, Any]:
    connection = make_connection("pagerduty", secrets={"webhook_secret": "s"})
    received = make_received(
        connection,
        f"body {word}".encode(),
        incident_number=number,
        is_private=word == CANARY,
        outcome="done",
        outcome_text=f"declared {word}",
    )
    dead = make_received(connection, state=Pending.DEAD, last_error="unreadable")
    group = make_group(connection, title=f"alert {word}")
    IncidentAlert.objects.create(incident_id=number, group=group)
    alert = make_alert(group, received=received, outcome=f"declared {word}", data={"title": word})
    hidden = make_incident("Elsewhere, private", by=SYSTEM)
    Incident.objects.filter(pk=hidden.pk).update(is_private=True)
    lane = Lane.objects.create(connection=connection, kind="chat", key="room")
    room = Room.objects.create(incident_id=number, connection=connection, lane=lane, name=f"inc-{word}")
    step = RoomStep.objects.create(room=room, name="create", state=Pending.DEAD, last_error=f"error {word}")
    return {
        "connection": connection.pk,
        "event": received.pk,
        "dead": dead.pk,
        "group": group.pk,
        "alert": alert.pk,
        "delivery": make_delivery(connection).pk,
        "private_delivery": make_delivery(connection, incident_number=hidden.pk).pk,
        "room": room.pk,
        "step": step.pk,
    }


class Clients:
    """A client of one actor for the API and one for pages."""

    def __init__(self, actor: str, cast: dict[str, User], number: int) -> None:
        self.api = APIClient(raise_request_exception=False)
        self.pages = APIClient(raise_request_exception=False)
        user = self._prepare(actor, cast, number)
        if user is None:
            return
        scopes = {"reading token": ["read"], "chat token": ["chat"]}.get(actor, ["all"])
        _, secret = make_token(user, *scopes)
        self.api.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        if actor.endswith("token"):
            self.pages.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        else:
            self.pages.force_login(user, backend=_BACKEND)
        if actor == "deactivated":
            User.objects.filter(pk=user.pk).update(is_active=False)

    @staticmethod
    def _prepare(actor: str, cast: dict[str, User], number: int) -> User | None:
        ada = cast["ada"]
        if actor == "commander":
            # Another administrator is not needed: the role is what counts here.
            User.objects.filter(pk=ada.pk).update(role=Role.RESPONDER)
            ada.refresh_from_db()
            assign_role(number=number, role="commander", user=ada, by=SYSTEM)
        return {
            "anonymous": None,
            "viewer": cast["dan"],
            "member": cast["cleo"],
            "commander": ada,
            "administrator": ada,
        }.get(actor, cast["bo"])


def fill(value: Any, world: dict[str, Any]) -> Any:
    """Put the world's values where braces name them; a value that is only braces keeps its type."""
    if isinstance(value, dict):
        return {key: fill(inner, world) for key, inner in value.items()}
    if isinstance(value, list):
        return [fill(inner, world) for inner in value]
    if isinstance(value, str) and value.startswith("{") and value.endswith("}"):
        return world[value[1:-1]]
    return value


def a_file() -> io.BytesIO:
    """Something to upload."""
    made = io.BytesIO(b"content")
    made.name = "notes.txt"
    return made


def verdict(response: Any) -> str:
    """Say how the actor was met: let in (i), not signed in (o), not allowed (n), gone (g), fault (!)."""
    status = response.status_code
    if status >= 500:
        return "!"
    if status == 401 or (status in (301, 302) and "login" in response.headers.get("Location", "")):
        return "o"
    return {403: "n", 404: "g"}.get(status, "i")
