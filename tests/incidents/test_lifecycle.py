"""An incident's way from declare to close, as people go it."""

import pytest

from accounts.actors import Actor
from common.errors import Conflict, Invalid, NotAllowed, NotFound
from incidents.models import ActionItem, Incident, Postmortem
from incidents.operations import lifecycle, people, talk, tasks
from incidents.operations.declare import declare_incident

pytestmark = pytest.mark.django_db


def declared(by: Actor, **more: object) -> Incident:
    return declare_incident(by=by, title="Checkout returns 5xx", **{"severity": 2, **more})  # type: ignore[arg-type]


def kinds(incident: Incident) -> list[str]:
    return list(incident.events.order_by("sequence").values_list("kind", flat=True))


def test_declaring_needs_only_a_title(actor_dan: Actor) -> None:
    incident = declare_incident(by=actor_dan, title="  Checkout \n returns 5xx ")

    assert incident.title == "Checkout returns 5xx"
    assert incident.status == "triage"
    assert incident.severity == 3
    assert incident.severity_confirmed_at is None
    assert incident.members.get().user == actor_dan.user
    assert kinds(incident) == ["incident.declared"]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"title": "\ud800"}, "title"),
        ({"severity": 6}, "severity"),
        ({"services": ["nowhere"]}, "services"),
        ({"tags": ["two words"]}, "tag"),
    ],
)
def test_what_does_not_fit_is_refused_by_name_and_nothing_is_written(
    actor_bo: Actor, more: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        declare_incident(by=actor_bo, **{"title": "Mail", **more})  # type: ignore[arg-type]

    assert refused.value.field == field
    assert not Incident.objects.exists()


def test_the_same_outside_id_declares_once(actor_bo: Actor) -> None:
    first = declared(actor_bo, outside_id="slack:T1:cmd:1")

    second = declared(actor_bo, outside_id="slack:T1:cmd:1")

    assert first.pk == second.pk
    assert Incident.objects.count() == 1


def test_status_jumps_forward_and_back_among_open_ones(actor_bo: Actor) -> None:
    incident = declared(actor_bo)

    for status in ("fixing", "triage", "monitoring", "investigating"):
        lifecycle.change_status(number=incident.pk, status=status, by=actor_bo)

    incident.refresh_from_db()
    assert incident.status == "investigating"
    assert kinds(incident).count("status.changed") == 4


def test_the_same_status_again_says_nothing(actor_bo: Actor) -> None:
    incident = declared(actor_bo)
    lifecycle.change_status(number=incident.pk, status="fixing", by=actor_bo)

    lifecycle.change_status(number=incident.pk, status="fixing", by=actor_bo)

    assert kinds(incident).count("status.changed") == 1


def test_an_unknown_status_is_refused_with_the_words_there_are(actor_bo: Actor) -> None:
    incident = declared(actor_bo)

    with pytest.raises(Invalid, match="investigating"):
        lifecycle.change_status(number=incident.pk, status="solved", by=actor_bo)


def test_resolving_without_a_commander_goes_through_and_drafts_the_postmortem(actor_bo: Actor) -> None:
    incident = declared(actor_bo)
    line = talk.say(number=incident.pk, text="The pool is too small", by=actor_bo)
    talk.pin(number=incident.pk, sequence=line.sequence, by=actor_bo)

    lifecycle.resolve_incident(number=incident.pk, by=actor_bo, text="Pool back to 200")

    incident.refresh_from_db()
    postmortem = Postmortem.objects.get(incident=incident)
    assert incident.status == "resolved"
    assert incident.resolved_at is not None
    assert incident.mitigated_at == incident.resolved_at
    assert "Bo: The pool is too small" in postmortem.body
    assert "Pool back to 200" in postmortem.body
    assert postmortem.drafted_from == incident.last_sequence


def test_resolving_twice_changes_nothing(actor_bo: Actor) -> None:
    incident = declared(actor_bo)
    lifecycle.resolve_incident(number=incident.pk, by=actor_bo)
    before = kinds(incident)

    lifecycle.resolve_incident(number=incident.pk, by=actor_bo)

    assert kinds(incident) == before


def test_closing_needs_the_commander_or_a_reason(actor_bo: Actor, actor_ada: Actor) -> None:
    incident = declared(actor_bo)
    lifecycle.resolve_incident(number=incident.pk, by=actor_bo)

    with pytest.raises(Conflict, match="commander"):
        lifecycle.close_incident(number=incident.pk, by=actor_bo)
    lifecycle.close_incident(number=incident.pk, by=actor_bo, waive_reason="Nobody had to lead this one")

    incident.refresh_from_db()
    assert incident.status == "closed"
    assert incident.closed_at is not None


def test_a_resolved_incident_goes_back_only_by_reopening_with_a_reason(actor_bo: Actor) -> None:
    incident = declared(actor_bo)
    lifecycle.resolve_incident(number=incident.pk, by=actor_bo)

    with pytest.raises(Conflict, match="Reopen"):
        lifecycle.change_status(number=incident.pk, status="fixing", by=actor_bo)
    with pytest.raises(Invalid, match="10 characters"):
        lifecycle.reopen_incident(number=incident.pk, by=actor_bo, reason="again")
    lifecycle.reopen_incident(number=incident.pk, by=actor_bo, reason="Errors are back since 04:00")

    incident.refresh_from_db()
    assert incident.status == "investigating"
    assert incident.resolved_at is None


def test_a_false_alarm_is_cancelled_and_can_come_back(actor_bo: Actor) -> None:
    incident = declared(actor_bo)
    lifecycle.cancel_incident(number=incident.pk, by=actor_bo, reason="A test alert")

    with pytest.raises(Conflict):
        lifecycle.mitigate(number=incident.pk, by=actor_bo)
    lifecycle.reopen_incident(number=incident.pk, by=actor_bo, reason="It was real after all")

    incident.refresh_from_db()
    assert incident.status == "investigating"


def test_a_viewer_sees_but_does_not_change(actor_bo: Actor, actor_dan: Actor) -> None:
    incident = declared(actor_bo)

    with pytest.raises(NotAllowed, match="responders"):
        lifecycle.change_status(number=incident.pk, status="fixing", by=actor_dan)


def test_a_viewer_who_commands_runs_the_incident(actor_bo: Actor, actor_dan: Actor) -> None:
    incident = declared(actor_bo)
    assert actor_dan.user is not None
    people.assign_role(number=incident.pk, role="lead", user=actor_dan.user, by=actor_bo)

    lifecycle.change_status(number=incident.pk, status="fixing", by=actor_dan)

    incident.refresh_from_db()
    assert incident.status == "fixing"


class TestMerging:
    def test_tasks_and_people_go_along_and_both_rooms_are_told(self, actor_bo: Actor, actor_cleo: Actor) -> None:
        gone, stays = declared(actor_bo), declared(actor_cleo)
        tasks.add_item(number=gone.pk, text="Tell support", by=actor_bo)

        lifecycle.merge_incidents(source=gone.pk, into=stays.pk, by=actor_bo)

        gone.refresh_from_db()
        assert gone.status == "merged"
        assert gone.merged_into_id == stays.pk
        assert ActionItem.objects.get().incident_id == stays.pk
        assert stays.members.filter(user=actor_bo.user).exists()
        assert kinds(gone)[-1] == "merged.into"
        assert kinds(stays)[-1] == "merged.from"

    def test_chains_are_flattened(self, actor_bo: Actor) -> None:
        first, second, third = declared(actor_bo), declared(actor_bo), declared(actor_bo)
        lifecycle.merge_incidents(source=first.pk, into=second.pk, by=actor_bo)

        lifecycle.merge_incidents(source=second.pk, into=third.pk, by=actor_bo)

        first.refresh_from_db()
        assert first.merged_into_id == third.pk

    def test_a_private_one_never_goes_into_an_open_one(self, actor_bo: Actor) -> None:
        private, opened = declared(actor_bo, is_private=True), declared(actor_bo)

        with pytest.raises(Invalid, match="private"):
            lifecycle.merge_incidents(source=private.pk, into=opened.pk, by=actor_bo)

    def test_into_itself_is_refused(self, actor_bo: Actor) -> None:
        incident = declared(actor_bo)

        with pytest.raises(Invalid):
            lifecycle.merge_incidents(source=incident.pk, into=incident.pk, by=actor_bo)

    def test_reopening_takes_it_out_again(self, actor_bo: Actor) -> None:
        gone, stays = declared(actor_bo), declared(actor_bo)
        lifecycle.merge_incidents(source=gone.pk, into=stays.pk, by=actor_bo)

        lifecycle.reopen_incident(number=gone.pk, by=actor_bo, reason="Two different troubles")

        gone.refresh_from_db()
        assert gone.merged_into_id is None
        assert gone.is_open


class TestPrivate:
    def test_outsiders_find_nothing(self, actor_bo: Actor, actor_cleo: Actor, actor_ada: Actor) -> None:
        incident = declared(actor_bo, is_private=True)

        for other in (actor_cleo, actor_ada):
            with pytest.raises(NotFound):
                talk.say(number=incident.pk, text="hello", by=other)
            assert not Incident.objects.visible_to(other.user).exists()

    def test_an_administrator_may_join_and_the_room_is_told(self, actor_bo: Actor, actor_ada: Actor) -> None:
        incident = declared(actor_bo, is_private=True)

        people.join(number=incident.pk, by=actor_ada)

        assert Incident.objects.visible_to(actor_ada.user).filter(pk=incident.pk).exists()
        event = incident.events.get(kind="member.joined")
        assert "administrator" in event.text

    def test_a_responder_can_not_join_by_guessing_the_number(self, actor_bo: Actor, actor_cleo: Actor) -> None:
        incident = declared(actor_bo, is_private=True)

        with pytest.raises(NotFound):
            people.join(number=incident.pk, by=actor_cleo)

    def test_removing_somebody_closes_the_door_behind_them(self, actor_bo: Actor, actor_cleo: Actor) -> None:
        incident = declared(actor_bo, is_private=True)
        assert actor_cleo.user is not None
        people.invite(number=incident.pk, user=actor_cleo.user, by=actor_bo)
        version = Incident.objects.get(pk=incident.pk).access_version

        people.remove_member(number=incident.pk, user=actor_cleo.user, by=actor_bo)

        fresh = Incident.objects.get(pk=incident.pk)
        assert not Incident.objects.visible_to(actor_cleo.user).exists()
        assert fresh.access_version > version

    def test_making_it_private_keeps_those_with_roles(self, actor_bo: Actor, actor_cleo: Actor) -> None:
        incident = declared(actor_bo)
        assert actor_cleo.user is not None
        people.assign_role(number=incident.pk, role="comms", user=actor_cleo.user, by=actor_bo)

        people.set_private(number=incident.pk, is_private=True, by=actor_bo)

        assert Incident.objects.visible_to(actor_cleo.user).filter(pk=incident.pk).exists()

    def test_opening_it_again_is_for_commander_and_administrators(self, actor_bo: Actor, actor_cleo: Actor) -> None:
        incident = declared(actor_bo, is_private=True)

        with pytest.raises(NotAllowed):
            people.set_private(number=incident.pk, is_private=False, by=actor_bo)
