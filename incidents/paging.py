"""Incidents as what people are paged about: the `Subject` of on call."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Max, QuerySet

from accounts.actors import SYSTEM, Actor
from accounts.models import User
from common.errors import Invalid, NotAllowed, NotFound
from incidents.models import Incident, Status, TimelineEvent
from incidents.operations.base import ask_first, write_change
from incidents.operations.people import let_in_paged
from incidents.permissions import Doing, can_see
from incidents.queries import commander_of
from oncall.models import EscalationPolicy, Urgency
from oncall.operations.adjusting import raise_runs, watch_answers
from oncall.operations.escalating import start_run
from oncall.operations.paging import page_targets
from oncall.ports import Facts
from oncall.rules.escalation import Target
from oncall.targets import find_target

KIND = "incident"
#: from this severity on it can wait for the low rules
_CAN_WAIT = 4
#: up to this severity who has it is asked again when nothing is heard of them
_GRAVE = 2


class IncidentSubject:
    """What paging asks of an incident."""

    def lock(self, subject_id: int) -> Incident:
        incident = Incident.objects.select_for_update(no_key=True).filter(pk=subject_id).first()
        if incident is None:
            raise NotFound(f"There is no incident #{subject_id}.", field="incident")
        return incident

    def facts(self, subject_id: int, for_user: User | None) -> Facts:
        incident = Incident.objects.get(pk=subject_id)
        title, path = _named(incident, for_user)
        return Facts(
            title=title,
            url=f"{settings.BASE_URL}{path}",
            severity=incident.sev,
            lines=() if incident.is_private else _lines(incident),
            is_over=not incident.is_open,
            is_private=incident.is_private,
            wants_signs=incident.severity <= _GRAVE and incident.status != Status.MONITORING,
        )

    def may_see(self, subject_id: int, user: User) -> bool:
        return can_see(user, Incident.objects.get(pk=subject_id))

    def require_page(self, subject_id: int, by: Actor) -> None:
        ask_first(subject_id, by, Doing.SPEAK)
        if by.user is None and not by.is_machine:
            raise NotAllowed("Only people with an account can page somebody.", hint="Link your account first.")

    def let_in(self, subject_id: int, user: User) -> None:
        let_in_paged(number=subject_id, user=user)

    def tell(self, subject_id: int, kind: str, by: Actor, data: dict[str, Any], *, once: str = "") -> None:
        outside_id = f"page:{once}" if once else ""
        if outside_id and TimelineEvent.objects.filter(outside_id=outside_id).exists():
            return
        incident = Incident.objects.get(pk=subject_id)
        write_change(incident, kind, by=by, data=data, outside_id=outside_id, shown_on_cards=False)

    def titles(self, subject_ids: Iterable[int], for_user: User | None) -> dict[int, tuple[str, str]]:
        rows = Incident.objects.filter(pk__in=set(subject_ids))
        seen = set(Incident.objects.visible_to(for_user).filter(pk__in=rows).values_list("pk", flat=True))
        return {row.pk: _named(row, for_user) for row in rows if row.pk in seen}

    def heard_at(self, subject_id: int, user: User) -> datetime | None:
        lead = commander_of(Incident.objects.get(pk=subject_id))
        people = {user.pk, lead.pk} if lead else {user.pk}
        events = TimelineEvent.objects.filter(incident=subject_id, actor__in=people)
        last: datetime | None = events.aggregate(last=Max("recorded_at"))["last"]
        return last

    def visible_ids(self, user: User | None) -> "QuerySet[Any]":
        return Incident.objects.visible_to(user).values("pk")

    def incident_number(self, subject_id: int) -> int | None:
        return subject_id


def _named(incident: Incident, for_user: User | None) -> tuple[str, str]:
    """What may stand on a lock screen, and the path."""
    if incident.is_private:
        return f"Private incident #{incident.pk}", incident.get_absolute_url()
    return f"#{incident.pk} {incident.display_title}", incident.get_absolute_url()


def _lines(incident: Incident) -> tuple[str, ...]:
    """Since when, who leads, what was tried, what to do: in this order, what is known."""
    lead = commander_of(incident)
    since = incident.started_at or incident.declared_at
    return tuple(
        line
        for line in (
            f"Since {since:%H:%M} UTC on {since:%d %b}, {incident.status}.",
            f"{lead.name} leads." if lead else "Nobody leads yet.",
            incident.impact and f"Impact: {incident.impact.splitlines()[0][:200]}",
            incident.now_text and f"Now: {incident.now_text}",
            incident.need_text and f"Need: {incident.need_text}",
        )
        if line
    )


def read_target(text: str) -> Target:
    """Return who is meant.

    :raises Invalid: nobody and nothing is called so.
    """
    found = find_target(text)
    if found is None:
        raise Invalid(
            f"There is no person, schedule, team or service “{text[:80]}”.",
            field="target",
            hint="Write @handle, or the slug of a schedule, a team or a service.",
        )
    return found


def page_as_severe(incident: Incident, was: int) -> None:
    """It can't wait any more: who is being paged about it is asked by their rules for that, from now on."""
    if was >= _CAN_WAIT > incident.severity:
        raise_runs(subject_kind=KIND, subject_id=incident.pk)
    if was > _GRAVE >= incident.severity:
        watch_answers(subject_kind=KIND, subject_id=incident.pk)


def page_on_declare(incident: Incident, by: Actor, targets: Sequence[Target] | None) -> None:
    """Page whoever was asked for; where nothing was said, by the policies of its services.

    A drill and the demo page only whom somebody names. What severity can wait goes by the rules for what can.
    """
    urgency = Urgency.LOW if incident.severity >= _CAN_WAIT else Urgency.HIGH
    if targets:
        page_targets(subject_kind=KIND, subject_id=incident.pk, targets=targets, by=by, urgency=urgency)
    if targets is not None or incident.is_drill or incident.is_demo:
        return
    policies = EscalationPolicy.objects.filter(services__incidents=incident, archived_at__isnull=True).distinct()
    for policy in policies.order_by("pk"):
        start_run(
            subject_kind=KIND,
            subject_id=incident.pk,
            policy=policy,
            by=SYSTEM,
            urgency=urgency,
            reason="declared for a service of this policy",
        )
