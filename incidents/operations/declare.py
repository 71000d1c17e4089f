"""Declaring: the one thing that must never wait for anything outside."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from accounts import audit
from accounts.actors import Actor
from accounts.permissions import Right
from accounts.permissions import require as require_right
from common import clock
from common.errors import Invalid, NotAllowed, NotFound
from common.news import tell
from common.operations import hold_name, operation
from incidents.models import Incident, Member, Severity
from incidents.models.incident import Status
from incidents.news import IncidentDeclared
from incidents.operations.reminders import plan_reminders
from incidents.permissions import can_see
from incidents.rules import texts
from incidents.timeline.record import record_event
from oncall.models import Service
from oncall.rules.escalation import Target


@operation
def declare_incident(
    *,
    by: Actor,
    title: str,
    severity: int | None = None,
    summary: str = "",
    impact: str = "",
    services: Sequence[str] = (),
    tags: Sequence[str] = (),
    is_private: bool = False,
    is_drill: bool = False,
    outside_id: str = "",
    at: datetime | None = None,
    started_at: datetime | None = None,
    is_demo: bool = False,
    page: Sequence[Target] | None = None,
) -> Incident:
    """Declare an incident: only the title is needed.

    :param severity: 1 to 5; without it SEV3, unconfirmed, and a reminder asks later.
    :param services: slugs or names of the catalogue.
    :param outside_id: a stable id of the sender; the same id gives the incident that it made before.
    :param page: who is paged: without it whom its services' policies say, with an empty list nobody.
    :param at: when it was declared (UTC, default now).
    :raises Invalid: naming the field that is wrong.
    :raises NotAllowed: the actor may not declare, or it is private and nobody would be its member.
    """
    require_right(by, Right.DECLARE, "declare an incident")
    if is_private and by.user is None:
        # It has only members, and the first is who declares it: nobody could ever see this one.
        raise NotAllowed(
            "Only people with an account can declare a private incident: without a member nobody would see it.",
            hint="" if by.is_machine else "Link your account first, or declare it open.",
            field="private",
        )
    if outside_id:
        hold_name("declare", outside_id)
        again = Incident.objects.filter(events__outside_id=outside_id).first()
        if again is not None and (by.is_machine or can_see(by.user, again)):
            return again
        if again is not None:
            raise NotFound("There is no such incident.", field="outside_id")
    if severity is not None and severity not in Severity.values:
        raise Invalid("severity is 1 to 5.", field="severity")
    found = find_services(services)
    now = clock.now()
    incident = Incident.objects.create(
        title=texts.title(title),
        summary=texts.clean(summary, "summary", most=10_000),
        impact=texts.clean(impact, "impact", most=10_000),
        severity=severity or Severity.SEV3,
        severity_confirmed_at=now if severity else None,
        status=Status.TRIAGE,
        is_private=bool(is_private),
        is_drill=bool(is_drill),
        is_demo=is_demo,
        tags=sorted({texts.tag(tag) for tag in tags}),
        declared_at=at or now,
        detected_at=at or now,
        started_at=started_at,
        declared_by=by.user,
        declared_by_name=by.name[:120],
        last_event_at=now,
    )
    if found:
        incident.services.add(*found)
    if by.user is not None:
        Member.objects.create(incident=incident, user=by.user, reason="declared it")
    event = record_event(
        incident,
        "incident.declared",
        by=by,
        data={
            "title": incident.title,
            "severity": int(incident.severity),
            "services": [service.name for service in found],
            "private": incident.is_private,
            "drill": incident.is_drill,
        },
        occurred_at=incident.declared_at,
        outside_id=outside_id,
    )
    audit.record(
        by,
        "incident.declared",
        "incident",
        incident.pk,
        after={"severity": int(incident.severity), "private": incident.is_private},
        content_digest=event.content_digest,
    )
    plan_reminders(incident)
    tell(IncidentDeclared(incident_number=incident.pk, incident=incident))
    if page or (page is None and any(service.policy_id for service in found)):
        from incidents.paging import page_on_declare

        page_on_declare(incident, by, page)
        incident.refresh_from_db()
    return incident


def find_services(names: Sequence[str]) -> list[Service]:
    """Return the services of the catalogue with these slugs or names, in one query.

    :raises Invalid: naming the first that is not there.
    """
    wanted = [str(name).strip() for name in names if str(name).strip()]
    if not wanted:
        return []
    condition = Q()
    for name in wanted:
        condition |= Q(slug__iexact=name) | Q(name__iexact=name)
    found = list(Service.objects.filter(condition))
    known = {service.slug.lower() for service in found} | {service.name.lower() for service in found}
    for name in wanted:
        if name.lower() not in known:
            raise Invalid(f"There is no service “{name}” in the catalogue.", field="services")
    return found
