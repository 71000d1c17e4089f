"""Policies and pages as JSON: people by handle, titles as the reader may see them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from accounts.api.fields import Person, find_person, iso
from accounts.models import Team, User
from common import clock
from common.errors import Invalid
from oncall.models import EscalationPolicy, Page, Schedule
from oncall.plan_rows import named, plan_of_policy, targets_of
from oncall.ports import subjects
from oncall.proof import Proof, proofs
from oncall.rules.escalation import Plan, Who, simulate
from oncall.targets import PERSON, SCHEDULE, TEAM, everybody_at


def read_levels(levels: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return levels with targets by number.

    :raises Invalid: there is no such target, naming the place.
    """
    return [
        {
            "wait_minutes": level["wait_minutes"],
            "targets": [
                {"kind": one["kind"], "id": _number(one["kind"], one["ref"], f"levels[{at}].targets[{place}].ref")}
                for place, one in enumerate(level["targets"])
            ],
        }
        for at, level in enumerate(levels)
    ]


def _number(kind: str, ref: str, field: str) -> int:
    row: User | Team | Schedule | None
    if kind == PERSON:
        row = find_person(ref)
        row = row if row and row.is_active else None
    elif kind == TEAM:
        row = _called(Team.objects.all(), ref)
    else:
        row = _called(Schedule.objects.filter(archived_at__isnull=True), ref)
    if row is None:
        raise Invalid(f"There is no {kind} “{ref[:80]}”.", field=field)
    return row.pk


def _called(rows: Any, ref: str) -> Any:
    if ref.isascii() and ref.isdigit() and len(ref) < 19:
        return rows.filter(pk=int(ref)).first()
    return rows.filter(slug__iexact=ref).first()


def policy_json(policy: EscalationPolicy) -> dict[str, Any]:
    """Return a policy with what would go wrong as things are now."""
    levels = list(policy.levels.all())
    targets = [target for level in levels for target in named(level.targets)]
    refs = _refs(targets)
    plan = plan_of_policy(policy)
    team = policy.team
    return {
        "id": policy.pk,
        "slug": policy.slug,
        "name": policy.name,
        "description": policy.description,
        "team": team and {"slug": team.slug, "name": team.name},
        "repeats": policy.repeats,
        "ack_minutes": policy.ack_minutes,
        "is_catch_all": policy.is_catch_all,
        "levels": [
            {
                "wait_minutes": level.wait_minutes,
                "targets": [
                    {"kind": one.kind, "id": one.id, "ref": refs.get((one.kind, one.id), ""), "name": one.name}
                    for one in named(level.targets)
                ],
            }
            for level in levels
        ],
        "services": list(policy.services.order_by("slug").values_list("slug", flat=True)),
        "warnings": warnings_of(plan, everybody_at(targets_of(plan)), clock.now(), is_catch_all=policy.is_catch_all),
    }


def warnings_of(plan: Plan, who: Who, at: datetime, *, is_catch_all: bool) -> list[str]:
    """Say what a policy's levels lack at an instant: gaps, people without a way, single points."""
    said, everybody = [], set()
    for number, level in enumerate(plan.levels, 1):
        people = {one.user: one for target in level.targets for one in who(target, at)}
        everybody |= {one.user for one in people.values() if one.reachable}
        if not people:
            said.append(f"Level {number} has nobody at this time.")
        elif not any(one.reachable for one in people.values()):
            said.append(f"Nobody of level {number} has a verified contact method.")
    if len(everybody) == 1:
        said.append("Only one person can be reached by it: nobody follows when they don't answer.")
    if not is_catch_all and not plan.catch_all:
        said.append("There is no catch-all policy: where no level has anybody, nobody is paged.")
    return said


def _refs(targets: Iterable[Any]) -> dict[tuple[str, int], str]:
    found: dict[tuple[str, int], str] = {}
    for kind, rows, field in (
        (PERSON, User.objects.all(), "handle"),
        (TEAM, Team.objects.all(), "slug"),
        (SCHEDULE, Schedule.objects.all(), "slug"),
    ):
        if wanted := {one.id for one in targets if one.kind == kind}:
            found.update({(kind, pk): ref for pk, ref in rows.filter(pk__in=wanted).values_list("pk", field)})
    return found


def simulation_json(policy: EscalationPolicy, at: datetime) -> dict[str, Any]:
    """Return who would be paged when, if it began at this instant and nobody answered."""
    plan = plan_of_policy(policy)
    found = simulate(plan, at, everybody_at(targets_of(plan)))
    people = [one.user for moment in found if moment.move.asked for one in moment.move.asked.people]
    users = User.objects.in_bulk(people)
    steps = []
    for moment in found:
        asked = moment.move.asked
        steps.append(
            {
                "at": iso(moment.at),
                "level": asked.level if asked else None,
                "round": asked.round if asked else None,
                "people": [
                    {
                        "handle": users[one.user].handle,
                        "name": users[one.user].name,
                        "reason": one.reason,
                        "reachable": one.reachable,
                    }
                    for one in (asked.people if asked else ())
                ],
                "passed": [passed.level for passed in moment.move.passed],
                "why": asked.why if asked else "",
            }
        )
    return {"at": iso(at), "steps": steps, "never_reaches_anybody": not people}


def pages_json(pages: Iterable[Page], reader: User | None) -> list[dict[str, Any]]:
    """Return pages with their proof, in a few queries whatever their number."""
    rows = list(pages)
    proof = proofs(rows)
    titles = {
        kind: subject.titles({page.subject_id for page in rows if page.subject_kind == kind}, reader)
        for kind, subject in subjects().items()
    }
    return [_page_json(page, titles.get(page.subject_kind, {}), proof.get(page.pk, [])) for page in rows]


def _page_json(page: Page, titles: Mapping[int, tuple[str, str]], proof: list[Proof]) -> dict[str, Any]:
    title, path = titles.get(page.subject_id, (f"{page.subject_kind} {page.subject_id}", ""))
    return {
        "id": page.pk,
        "status": page.status,
        "urgency": page.urgency,
        "about": {"kind": page.subject_kind, "id": page.subject_id, "title": title, "path": path},
        "user": Person(page.user).data,
        "reason": page.reason,
        "text": page.text if path else "",
        "step": page.step,
        "late_seconds": page.late_seconds,
        "created_at": iso(page.created_at),
        "seen_at": iso(page.seen_at),
        "snoozed_at": iso(page.snoozed_at),
        "answered_at": iso(page.answered_at),
        "answered_by": Person(page.answered_by).data if page.answered_by else None,
        "answered_from": page.answered_from,
        "channels": [
            {
                "kind": one.kind,
                "state": one.state,
                "error": one.error,
                "tries": [
                    {
                        "started_at": iso(each.started_at),
                        "ended_at": iso(each.ended_at),
                        "ok": each.ok,
                        "ref": each.ref,
                        "error": each.error,
                        "receipt": each.receipt,
                        "receipt_at": iso(each.receipt_at),
                        "receipt_note": each.receipt_note,
                    }
                    for each in one.tries
                ],
            }
            for one in proof
        ],
    }
