"""A time that can't be true never gets into an incident: rooms are read in every zone."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from accounts.actors import SYSTEM, Actor
from accounts.models import User
from alerts.models import Alert
from alerts.operations.signals import take_signal
from common import clock
from common.errors import Invalid
from incidents.models import Incident
from incidents.operations import talk
from incidents.rules import times
from integrations.pagerduty.source import to_signal
from tests.cast import Api
from tests.factories import make_connection, make_incident

NOW = datetime(2026, 6, 9, 12, tzinfo=UTC)
YEAR_ONE = "0001-01-01T00:00:00Z"


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+00:00", "1999-12-31T23:59:59+00:00", "2026-06-09T12:00:06+00:00"])
def test_a_person_is_told_that_it_can_not_be(at: str) -> None:
    with pytest.raises(Invalid) as refused:
        times.happened(datetime.fromisoformat(at), NOW, "started_at")

    assert refused.value.field == "started_at"


def test_a_clock_that_runs_a_little_ahead_means_now() -> None:
    assert times.happened(NOW + timedelta(seconds=3), NOW, "at") == NOW
    assert times.told(NOW + timedelta(hours=3), NOW) == NOW


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00"])
def test_a_machines_impossible_time_is_when_it_came(at: str) -> None:
    assert times.told(datetime.fromisoformat(at), NOW) == NOW


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00"])
def test_nothing_is_due_outside_of_calendars(at: str) -> None:
    with pytest.raises(Invalid):
        times.due(datetime.fromisoformat(at), "due_at")


@pytest.mark.django_db
class TestDoors:
    @pytest.mark.parametrize("name", Incident.KEY_TIMES)
    def test_key_times(self, api: Api, bo: User, name: str) -> None:
        number = make_incident(by=bo).pk

        answer = api(bo).patch(f"/api/v1/incidents/{number}", {f"{name}_at": YEAR_ONE})

        assert answer.status_code in (400, 422), answer.content
        assert f"{name}_at" in answer.content.decode()

    @pytest.mark.parametrize("verb", ["mitigate", "resolve"])
    def test_verbs(self, api: Api, bo: User, verb: str) -> None:
        number = make_incident(by=bo).pk

        assert api(bo).post(f"/api/v1/incidents/{number}/{verb}", {"at": YEAR_ONE}).status_code in (400, 422)

    def test_lines_and_notes(self, api: Api, bo: User, actor_bo: Actor) -> None:
        number = make_incident(by=bo).pk
        client, address = api(bo), f"/api/v1/incidents/{number}/timeline"

        corrected = client.patch(f"{address}/1", {"occurred_at": YEAR_ONE})
        noted = client.post(address, {"text": "then", "occurred_at": YEAR_ONE})

        assert corrected.status_code in (400, 422), corrected.content
        assert noted.status_code in (400, 422), noted.content

    @pytest.mark.parametrize("due", [YEAR_ONE, "9999-12-31T23:59:59Z"])
    def test_due_times(self, api: Api, bo: User, due: str) -> None:
        number = make_incident(by=bo).pk

        answer = api(bo).post(f"/api/v1/incidents/{number}/action-items", {"text": "look", "due_at": due})

        assert answer.status_code in (400, 422), answer.content

    def test_a_chat_line_is_kept_and_came_now(self) -> None:
        incident = make_incident()

        line = talk.say(number=incident.pk, text="hello", by=SYSTEM, at=datetime.fromisoformat(YEAR_ONE))

        assert clock.now() - line.shown_at < timedelta(minutes=1)


@pytest.mark.django_db
@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z"])
@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Auckland"])
def test_a_signal_from_year_one_leaves_a_room_that_opens(bo: User, at: str, zone: str) -> None:
    User.objects.filter(pk=bo.pk).update(time_zone=zone)
    signal = to_signal(
        {
            "id": "E1",
            "event_type": "incident.triggered",
            "occurred_at": at,
            "data": {"type": "incident", "id": "P1", "title": "Checkout answers 5xx"},
        }
    )
    assert signal is not None

    take_signal(connection=make_connection("pagerduty"), signal=signal)

    client = Client()
    client.force_login(User.objects.get(pk=bo.pk), backend="allauth.account.auth_backends.AuthenticationBackend")
    number = Incident.objects.get().pk
    for tab in ("", "/timeline", "/alerts", "/audit"):
        assert client.get(f"/incidents/{number}{tab}").status_code == 200
    assert clock.now() - Alert.objects.get().occurred_at < timedelta(minutes=1)
