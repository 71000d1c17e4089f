"""Making and changing escalation policies; each change is audited. Runs under way keep the policy as it was."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.utils.text import slugify

from accounts import audit
from accounts.actors import Actor
from accounts.models import Team
from accounts.permissions import Right, may, require
from common import clock
from common.cleaning import clean
from common.errors import Conflict, Invalid, NotAllowed, NotFound
from common.operations import hold_name, operation
from oncall.models import EscalationLevel, EscalationPolicy
from oncall.models.escalation import ACK_MINUTES
from oncall.permissions import require_change
from oncall.plan_rows import named
from oncall.targets import PERSON, SCHEDULE, TEAM

_MOST_LEVELS = 20
_MOST_TARGETS = 20
_LONGEST_WAIT = 24 * 60
_MOST_REPEATS = 9
_LEAST_ACK = 5
_TAKEN = frozenset({"new"})


@operation
def make_policy(
    *,
    name: str,
    levels: Sequence[Mapping[str, Any]],
    by: Actor,
    team: Team | None = None,
    description: str = "",
    repeats: int = 2,
    ack_minutes: int = ACK_MINUTES,
    is_catch_all: bool = False,
) -> EscalationPolicy:
    """Make a policy. A level: `wait_minutes`, and `targets` as `{"kind", "id"}`. `ack_minutes`: so long without a sign
    of life who has something grave is asked again; 0: never.

    :raises Invalid: naming the field. :raises Conflict: the name is taken. :raises NotAllowed: not for the actor.
    """
    require(by, Right.ADMINISTER if team is None else Right.RESPOND, "make an escalation policy without a team")
    called = clean(name, "name", most=80, least=1, one_line=True)
    slug = slugify(called)
    if not slug or slug in _TAKEN:
        raise Invalid("A policy's name has a letter or digit, and is not one of our own words.", field="name")
    if EscalationPolicy.objects.filter(Q(slug=slug) | Q(name__iexact=called)).exists():
        raise Conflict(f"There is an escalation policy “{called}” already.", field="name")
    policy = EscalationPolicy(name=called, slug=slug, team=team, description=_about(description))
    require_change(by, policy)
    policy.repeats, policy.ack_minutes = _repeats(repeats), _ack_minutes(ack_minutes)
    found = _checked(levels)
    _catch_all(policy, found, is_catch_all, by)
    policy.save(force_insert=True)
    _write(policy, found)
    audit.record(by, "policy.made", "escalation policy", policy.pk, after=_facts(policy))
    return policy


@operation
def change_policy(
    *, slug: str, by: Actor, levels: Sequence[Mapping[str, Any]] | None = None, **about: Any
) -> EscalationPolicy:
    """Change levels, repeats, name, description, team, `ack_minutes` or whether it is the catch-all.

    :raises NotFound: no such policy. :raises Invalid: naming the field. :raises NotAllowed: not for the actor.
    """
    policy = _lock(slug)
    require_change(by, policy)
    before = _facts(policy)
    if "name" in about:
        policy.name = clean(about["name"], "name", most=80, least=1, one_line=True)
        if EscalationPolicy.objects.filter(name__iexact=policy.name).exclude(pk=policy.pk).exists():
            raise Conflict(f"There is an escalation policy “{policy.name}” already.", field="name")
    if "description" in about:
        policy.description = _about(about["description"])
    if "team" in about:
        policy.team = about["team"]
        require_change(by, policy)
    if "repeats" in about:
        policy.repeats = _repeats(about["repeats"])
    if "ack_minutes" in about:
        policy.ack_minutes = _ack_minutes(about["ack_minutes"])
    found = _checked(levels) if levels is not None else [_level_json(level) for level in policy.levels.all()]
    _catch_all(policy, found, about.get("is_catch_all", policy.is_catch_all), by)
    policy.save(update_fields=["name", "description", "team", "repeats", "ack_minutes", "is_catch_all"])
    if levels is not None:
        policy.levels.all().delete()
        _write(policy, found)
    after = _facts(policy)
    if before != after:
        audit.record(by, "policy.changed", "escalation policy", policy.pk, before=before, after=after)
    return policy


@operation
def archive_policy(*, slug: str, by: Actor) -> None:
    """Take a policy out of use.

    :raises NotFound: no such policy. :raises NotAllowed: not for the actor.
    :raises Conflict: a service uses it, or it is the catch-all.
    """
    policy = _lock(slug)
    require_change(by, policy)
    if policy.is_catch_all:
        raise Conflict("It is the catch-all: make another policy that first.", field="is_catch_all")
    used = list(policy.services.values_list("name", flat=True)[:5])
    if used:
        raise Conflict(f"It is used by {', '.join(used)}: give them another policy first.", field="services")
    policy.archived_at = clock.now()
    policy.save(update_fields=["archived_at"])
    audit.record(by, "policy.archived", "escalation policy", policy.pk)


def _lock(slug: str) -> EscalationPolicy:
    rows = EscalationPolicy.objects.select_for_update(no_key=True, of=("self",)).select_related("team")
    policy = rows.filter(slug=slug, archived_at__isnull=True).first()
    if policy is None:
        raise NotFound(f"There is no escalation policy “{slug[:80]}”.", field="policy")
    return policy


def _catch_all(policy: EscalationPolicy, levels: Sequence[Mapping[str, Any]], wanted: bool, by: Actor) -> None:
    """There is at most one; making another one it takes it from the former."""
    if wanted and not any(one["kind"] != SCHEDULE for level in levels for one in level["targets"]):
        raise Invalid("The catch-all needs a person or a team: a schedule may have a gap.", field="levels")
    if policy.is_catch_all == wanted:
        return
    if not may(by, Right.ADMINISTER):
        raise NotAllowed("Only administrators say which policy is the catch-all.", field="is_catch_all")
    if policy.is_catch_all:
        raise Conflict("Make another policy the catch-all instead; there is always one.", field="is_catch_all")
    hold_name("catch-all")
    for former in EscalationPolicy.objects.filter(is_catch_all=True):
        EscalationPolicy.objects.filter(pk=former.pk).update(is_catch_all=False)
        audit.record(by, "policy.changed", "escalation policy", former.pk, after={"is_catch_all": False})
    policy.is_catch_all = True


def _checked(levels: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    if not 1 <= len(levels) <= _MOST_LEVELS:
        raise Invalid(f"A policy has 1 to {_MOST_LEVELS} levels.", field="levels")
    found = []
    for number, level in enumerate(levels):
        where = f"levels[{number}]"
        wait, targets = level["wait_minutes"], level["targets"]
        if not 1 <= wait <= _LONGEST_WAIT:
            raise Invalid("A level waits 1 minute to a day.", field=f"{where}.wait_minutes")
        if not 1 <= len(targets) <= _MOST_TARGETS:
            raise Invalid(f"A level has 1 to {_MOST_TARGETS} targets.", field=f"{where}.targets")
        kept = [{"kind": one["kind"], "id": one["id"]} for one in targets]
        for place, one in enumerate(kept):
            if one["kind"] not in (PERSON, SCHEDULE, TEAM) or not named([one]):
                raise Invalid("There is no such person, schedule or team.", field=f"{where}.targets[{place}]")
            if one in kept[:place]:
                raise Invalid("This target is named twice.", field=f"{where}.targets[{place}]")
        found.append({"wait_minutes": wait, "targets": kept})
    return found


def _write(policy: EscalationPolicy, levels: Sequence[Mapping[str, Any]]) -> None:
    EscalationLevel.objects.bulk_create(
        EscalationLevel(policy=policy, position=place, **level) for place, level in enumerate(levels, 1)
    )


def _repeats(value: int) -> int:
    if not 0 <= value <= _MOST_REPEATS:
        raise Invalid(f"A policy is repeated 0 to {_MOST_REPEATS} times.", field="repeats")
    return value


def _ack_minutes(value: int) -> int:
    if value and not _LEAST_ACK <= value <= _LONGEST_WAIT:
        raise Invalid(f"Who has it is asked again after {_LEAST_ACK} minutes to a day; 0: never.", field="ack_minutes")
    return value


def _about(description: str) -> str:
    return clean(description, "description", most=10_000)


def _level_json(level: EscalationLevel) -> dict[str, Any]:
    return {"wait_minutes": level.wait_minutes, "targets": level.targets}


def _facts(policy: EscalationPolicy) -> dict[str, Any]:
    return {
        "name": policy.name,
        "description": policy.description,
        "team": policy.team_id,
        "repeats": policy.repeats,
        "ack_minutes": policy.ack_minutes,
        "is_catch_all": policy.is_catch_all,
        "levels": [_level_json(level) for level in policy.levels.order_by("position")],
    }
