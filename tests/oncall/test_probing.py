"""The test page: goes through all that a page goes through, reaches nobody, and is missed when it does not come."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from common import clock
from connections.models import Attempt, Connection, Delivery, Lane
from integrations.kit.environment import connections_from_environment
from oncall.models import ContactMethod, EscalationRun, Page, Probe
from oncall.operations import probing
from oncall.proof import pages_for
from oncall.watching import watched
from tests.cast import Api
from tests.oncall.paging_kit import later, work_due

pytestmark = pytest.mark.django_db


@pytest.fixture
def probe() -> Probe:
    connections_from_environment()
    return Probe.objects.get()


def tick() -> None:
    """The clock looks at the test page as at everything else."""
    for row in Probe.claim():
        row.work()
    work_due()


def five_minutes() -> None:
    """Two looks: soon after it was asked for, and when the next one is due."""
    for seconds in (31, 270):
        later(seconds=seconds)
        tick()


def test_a_test_page_goes_by_run_page_lane_and_delivery(probe: Probe) -> None:
    tick()

    run = EscalationRun.objects.get(subject_kind="probe")
    page = run.pages.get()
    delivery = Delivery.objects.get(thing_kind="page", thing_id=page.pk)
    assert (page.user.name, page.status, delivery.outside_ref) == ("Test pager", Page.OPEN, f"probe-{page.pk}")
    assert Attempt.objects.get(delivery=delivery).ok is True
    assert watched().seconds is not None
    assert probing.last_probe().startswith("The test page of ")

    later(seconds=31)
    tick()
    page.refresh_from_db()
    assert (page.status, page.answered_from) == (Page.ACKED, "probe")


def test_the_next_one_goes_five_minutes_later_and_old_ones_are_forgotten(probe: Probe) -> None:
    tick()
    first = Page.objects.get().pk
    five_minutes()

    assert Page.objects.filter(subject_kind="probe").count() == 2
    assert EscalationRun.objects.get(pages=first).ended_at is not None
    probe.refresh_from_db()
    assert probe.missed == 0

    later(minutes=60 * 25)
    tick()
    assert probing.forget_probes() > 0
    assert not Page.objects.filter(pk=first).exists()
    assert not Delivery.objects.filter(thing_kind="page", thing_id=first).exists()


def test_one_that_does_not_come_is_missed(probe: Probe) -> None:
    tick()
    Lane.objects.filter(contact_method__kind="selftest").update(is_open=False)
    five_minutes()
    later(seconds=301)
    tick()

    probe.refresh_from_db()
    assert probe.missed == 1
    assert watched().seconds is None
    assert "has not arrived yet" in probing.last_probe()


def test_switched_off_it_is_not_missed(probe: Probe) -> None:
    tick()
    Connection.objects.filter(kind="selftest").update(is_on=False)
    later(seconds=301)
    tick()

    probe.refresh_from_db()
    assert (probe.asked_at, probe.missed, probe.state) == (None, 0, Probe.WAITING)
    assert EscalationRun.objects.filter(subject_kind="probe", ended_at__isnull=True).count() == 0


def test_by_setting_none_goes(probe: Probe, settings: Any) -> None:
    settings.TEST_PAGE_EVERY = timedelta()
    tick()

    assert not Page.objects.exists()
    probe.refresh_from_db()
    assert (probe.asked_at, probe.state) == (None, Probe.WAITING)


def test_the_machine_is_nobody_whom_people_meet(probe: Probe, ada: User, client: Client, api: Api) -> None:
    tick()
    machine = User.everyone.get(is_machine=True)

    client.force_login(ada)
    assert not machine.has_usable_password()
    assert not User.objects.filter(pk=machine.pk).exists()
    assert not client.login(username=machine.email, password="!")
    assert pages_for(ada).count() == 0
    assert "Test pager" not in client.get("/people").content.decode()
    assert client.get("/inbox").content.decode().count("Test page") == 0
    assert not ContactMethod.objects.filter(user=ada, kind="selftest").exists()
    found = api(ada).get("/api/v1/pages").json()
    assert found["results"] == []


def test_it_stands_among_the_connections_and_its_test_tells(probe: Probe, ada: User, client: Client) -> None:
    client.force_login(ada)
    tick()
    pk = Connection.objects.get(kind="selftest").pk

    assert "Test pager" in client.get("/connections").content.decode()
    said = client.post(f"/connections/{pk}/test", follow=True).content.decode()
    assert "went through in" in said


def test_now_says_that_paging_was_tested(probe: Probe, ada: User, client: Client) -> None:
    client.force_login(ada)
    tick()

    assert "Paging was tested at" in client.get("/").content.decode()
    assert clock.now() is not None
