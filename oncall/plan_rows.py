"""From a policy's rows to the rule's plan, and from that to what is copied onto a run and back."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from accounts.models import Team, User
from oncall.models import EscalationPolicy, Schedule
from oncall.rules.escalation import Level, Plan, Target
from oncall.targets import PERSON, SCHEDULE, TEAM

_NAMED: Mapping[str, Any] = {PERSON: User, SCHEDULE: Schedule, TEAM: Team}


def plan_of_policy(policy: EscalationPolicy) -> Plan:
    """Return what a policy says now, with the catch-all's levels where that is another one."""
    plan = Plan(_levels(policy), policy.repeats)
    return plan if policy.is_catch_all else _with_catch_all(plan)


def plan_of_targets(targets: Iterable[Target], *, wait: timedelta, repeats: int) -> Plan:
    """Return the plan of one level that somebody asks for by hand; the catch-all stands behind a schedule or a team."""
    found = Plan((Level(wait, tuple(targets)),), repeats)
    return found if all(target.kind == PERSON for target in found.levels[0].targets) else _with_catch_all(found)


def _with_catch_all(plan: Plan) -> Plan:
    catch_all = EscalationPolicy.objects.filter(is_catch_all=True, archived_at__isnull=True).first()
    if catch_all is None:
        return plan
    return replace(plan, catch_all=_levels(catch_all), catch_all_repeats=catch_all.repeats)


def targets_of(plan: Plan) -> list[Target]:
    """Return every target of a plan, the catch-all's too."""
    return [target for level in (*plan.levels, *plan.catch_all) for target in level.targets]


def kept(plan: Plan) -> dict[str, Any]:
    """Return a plan as it is copied onto a run."""
    return {
        "levels": [_kept_level(level) for level in plan.levels],
        "repeats": plan.repeats,
        "catch_all": [_kept_level(level) for level in plan.catch_all],
        "catch_all_repeats": plan.catch_all_repeats,
    }


def plan_of(row: Mapping[str, Any]) -> Plan:
    """Return the plan that was copied onto a run."""
    return Plan(
        tuple(_level_of(level) for level in row["levels"]),
        row["repeats"],
        tuple(_level_of(level) for level in row["catch_all"]),
        row.get("catch_all_repeats", 0),
    )


def named(targets: Iterable[Mapping[str, Any]]) -> list[Target]:
    """Return kept targets with their present names, those that are gone left out; a query for each kind."""
    rows = list(targets)
    names: dict[tuple[str, int], str] = {}
    for kind, model in _NAMED.items():
        if wanted := {row["id"] for row in rows if row["kind"] == kind}:
            found = model.objects.filter(pk__in=wanted).values_list("pk", "name")
            names.update({(kind, pk): name for pk, name in found})
    return [
        Target(row["kind"], row["id"], names[row["kind"], row["id"]])
        for row in rows
        if (row["kind"], row["id"]) in names
    ]


def _levels(policy: EscalationPolicy) -> tuple[Level, ...]:
    return tuple(
        Level(timedelta(minutes=level.wait_minutes), tuple(named(level.targets))) for level in policy.levels.all()
    )


def _kept_level(level: Level) -> dict[str, Any]:
    return {
        "wait_seconds": int(level.wait.total_seconds()),
        "targets": [{"kind": one.kind, "id": one.id, "name": one.name} for one in level.targets],
    }


def _level_of(row: Mapping[str, Any]) -> Level:
    targets = tuple(Target(one["kind"], one["id"], one["name"]) for one in row["targets"])
    return Level(timedelta(seconds=row["wait_seconds"]), targets)
