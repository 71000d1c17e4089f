"""What can wait waits for the morning, and an answer that nothing follows is asked about again."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.test import Client

from accounts.actors import Actor
from accounts.models import User
from common import clock
from incidents.models import Incident, Status
from incidents.operations import talk
from incidents.operations.facts import set_severity
from incidents.operations.lifecycle import change_status, resolve_incident
from oncall.models import EscalationRun, Page, QuietHours, Service
from oncall.operations.paging import acknowledge, page_targets
from oncall.operations.policies import change_policy
from oncall.rules.quiet import quiet_until
from oncall.targets import of_person
from tests.factories import make_incident, make_service
from tests.factories.escalation import level, make_contact, make_policy
from tests.fakes.pager import FakePager
from tests.oncall.paging_kit import later, minutes_pass, work_due

pytestmark = pytest.mark.django_db

#: 03:00 in Berlin
NIGHT = datetime(2026, 6, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def night(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oncall.operations.quiet.FROM", time(22))
    monkeypatch.setattr("oncall.operations.quiet.TO", time(7))
    clock.shift(NIGHT - clock.now())


@pytest.fixture
def shop(pager: FakePager, bo: User, cleo: User) -> Service:
    """Cleo is asked, five minutes later Bo. Both live in Berlin."""
    User.objects.update(time_zone="Europe/Berlin")
    for user in (bo, cleo):
        make_contact(user)
        make_contact(user, address=f"{user.handle} gently", urgency="low")
    return make_service("Shop", policy=make_policy("Shop", level(cleo), level(bo)))


def as_(user: User) -> Actor:
    return Actor.person(user, "web")


def page_of(user: User) -> Page:
    return Page.objects.filter(user=user).latest("pk")


def lines(incident: Incident, kind: str) -> list[str]:
    return [event.text for event in incident.events.filter(kind=kind).order_by("sequence")]


# --- quiet hours ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "starts", "ends", "until"),
    [
        ("2026-06-02T01:00Z", 22, 7, "2026-06-02T05:00Z"),
        ("2026-06-01T20:00Z", 22, 7, "2026-06-02T05:00Z"),
        ("2026-06-01T19:59Z", 22, 7, None),
        ("2026-06-02T05:00Z", 22, 7, None),
        ("2026-06-02T11:00Z", 12, 14, "2026-06-02T12:00Z"),
        ("2026-06-02T01:00Z", 0, 0, None),
        # The nights on which the clock moves.
        ("2026-03-28T22:30Z", 22, 7, "2026-03-29T05:00Z"),
        ("2026-10-24T21:30Z", 22, 7, "2026-10-25T06:00Z"),
    ],
)
def test_quiet_hours_are_wall_time(now: str, starts: int, ends: int, until: str | None) -> None:
    found = quiet_until(time(starts), time(ends), "Europe/Berlin", datetime.fromisoformat(now))

    assert found == (datetime.fromisoformat(until) if until else None)


def test_what_can_wait_waits_for_the_morning_and_the_room_says_until_when(
    night: None, shop: Service, pager: FakePager, dan: User
) -> None:
    incident = make_incident(by=dan, services=["shop"], severity=4)
    minutes_pass(30)
    assert pager.paged() == []
    assert lines(incident, "page.waits") == ["Cleo is paged at 07:00 (Europe/Berlin): it can wait till then"]

    later(minutes=3 * 60 + 30, seconds=10)
    assert pager.paged() == ["cleo gently"]
    assert Page.objects.latest("pk").late_seconds == 0
    minutes_pass(5)
    # The next level waited as well, and has its turn now.
    assert pager.paged() == ["cleo gently", "bo gently"]


def test_what_can_not_wait_does_not(night: None, shop: Service, pager: FakePager, dan: User, ada: User) -> None:
    incident = make_incident(by=dan, services=["shop"], severity=4)

    set_severity(number=incident.pk, severity=1, by=as_(ada))
    work_due()

    assert pager.paged() == ["cleo"]


def test_who_waits_for_the_morning_can_be_paged_now_by_hand(
    night: None, shop: Service, pager: FakePager, dan: User, ada: User, cleo: User
) -> None:
    incident = make_incident(by=dan, services=["shop"], severity=4)

    page_targets(subject_kind="incident", subject_id=incident.pk, targets=[of_person(cleo)], by=as_(ada))
    work_due()
    acknowledge(page=page_of(cleo), by=as_(cleo))
    later(minutes=5 * 60)

    assert pager.paged() == ["cleo"]


def test_one_says_oneself_when_it_is_quiet(
    night: None, shop: Service, pager: FakePager, client: Client, dan: User, cleo: User
) -> None:
    client.force_login(cleo, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert 'value="22:00"' in client.get("/me/notifications").content.decode()

    client.post("/me/quiet-hours", {"starts": "00:00", "ends": "00:00"})
    make_incident(by=dan, services=["shop"], severity=4)
    work_due()

    assert pager.paged() == ["cleo gently"]
    assert QuietHours.objects.get().user == cleo
    assert client.post("/me/quiet-hours", {"starts": "late", "ends": "07:00"}).status_code == 400


# --- signs of life ----------------------------------------------------------------------------------------


@pytest.fixture
def taken(shop: Service, pager: FakePager, dan: User, cleo: User) -> Incident:
    """Cleo has it."""
    incident = make_incident("Checkout 5xx", by=dan, services=["shop"], severity=1)
    work_due()
    acknowledge(page=page_of(cleo), by=as_(cleo))
    return incident


def test_who_has_it_and_says_nothing_is_asked_again_and_then_the_next_is(
    taken: Incident, pager: FakePager, cleo: User
) -> None:
    later(minutes=29)
    assert pager.paged() == ["cleo"]

    later(minutes=1, seconds=5)
    assert pager.paged() == ["cleo", "cleo"]
    assert "still on it?" in pager.journal[-1].lines[-1]
    assert "Nothing was heard of Cleo since" in lines(taken, "page.quiet")[0]

    minutes_pass(5)
    assert pager.paged() == ["cleo", "cleo", "bo"]


def test_still_on_it_is_an_answer(taken: Incident, pager: FakePager, cleo: User) -> None:
    later(minutes=31)

    acknowledge(page=page_of(cleo), by=as_(cleo))
    later(minutes=20)

    assert pager.paged() == ["cleo", "cleo"]
    assert EscalationRun.objects.get().acked_by == cleo


def test_a_line_or_a_change_is_a_sign_of_life(taken: Incident, pager: FakePager, cleo: User) -> None:
    later(minutes=20)
    talk.say(number=taken.pk, text="rolling back", by=as_(cleo))
    later(minutes=20)
    assert pager.paged() == ["cleo"]

    later(minutes=11)
    assert pager.paged() == ["cleo", "cleo"]


@pytest.mark.parametrize("case", ["resolved", "monitoring", "less grave", "never"])
def test_nobody_is_asked_where_nothing_need_be_heard(
    shop: Service, pager: FakePager, dan: User, ada: User, cleo: User, case: str
) -> None:
    if case == "never":
        change_policy(slug="shop", by=as_(ada), ack_minutes=0)
    incident = make_incident("Checkout 5xx", by=dan, services=["shop"], severity=1)
    work_due()
    acknowledge(page=page_of(cleo), by=as_(cleo))
    if case == "resolved":
        resolve_incident(number=incident.pk, by=as_(ada))
    elif case == "monitoring":
        change_status(number=incident.pk, status=Status.MONITORING, by=as_(ada))
    elif case == "less grave":
        set_severity(number=incident.pk, severity=3, by=as_(ada))

    later(minutes=40)
    later(minutes=40)

    assert pager.paged() == ["cleo"]


def test_what_gets_grave_after_the_answer_is_looked_after_from_then_on(
    shop: Service, pager: FakePager, dan: User, ada: User, cleo: User
) -> None:
    incident = make_incident("Checkout 5xx", by=dan, services=["shop"], severity=3)
    work_due()
    acknowledge(page=page_of(cleo), by=as_(cleo))
    later(minutes=60)
    set_severity(number=incident.pk, severity=1, by=as_(ada))

    later(minutes=31)

    assert pager.paged() == ["cleo", "cleo"]


def test_who_had_it_and_has_left_is_not_asked_but_the_next_is(
    taken: Incident, pager: FakePager, cleo: User, ada: User
) -> None:
    User.objects.filter(pk=cleo.pk).update(is_active=False)

    later(minutes=31)

    assert pager.paged() == ["cleo", "bo"]


def test_a_policy_says_after_how_long(shop: Service, pager: FakePager, dan: User, ada: User, cleo: User) -> None:
    change_policy(slug="shop", by=as_(ada), ack_minutes=10)
    make_incident("Checkout 5xx", by=dan, services=["shop"], severity=2)
    work_due()
    acknowledge(page=page_of(cleo), by=as_(cleo))

    clock.shift(timedelta(minutes=11))
    work_due()

    assert pager.paged() == ["cleo", "cleo"]
