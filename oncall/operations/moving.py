"""Moving in from another system: each thing by the operation that a person would use, each in its own transaction.

It can be done again: what has not changed there is not touched, what was changed here since is left alone, and a run
that was cut short goes on where it was. Services get their policies only when asked for: until then both systems know
who is on call, and only the other one pages.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.utils.text import slugify

from accounts.actors import Actor
from accounts.models import User
from accounts.operations import invite_person
from accounts.permissions import Right, require
from common import clock
from common.errors import Refused
from common.ids import digest
from common.operations import operation
from oncall.models import EscalationPolicy, Moved, Override, Schedule, Service
from oncall.moving.shapes import Export, MovedPolicy, MovedSchedule, MovedService, Person
from oncall.operations.catalogue import add_service, change_service
from oncall.operations.overrides import add_override, end_override
from oncall.operations.policies import change_policy, make_policy
from oncall.operations.schedules import change_schedule, make_schedule
from oncall.rules.schedules.reading import read_instant
from oncall.targets import PERSON, SCHEDULE

MADE, CHANGED, SAME, LEFT, FOUND, MISSING, REFUSED = "made", "changed", "same", "left", "found", "missing", "refused"


@dataclass(frozen=True)
class Step:
    """What becomes, or would become, of one thing. `text` says why where that is not plain."""

    kind: str
    name: str
    outcome: str
    text: str = ""


@dataclass(frozen=True)
class Wishes:
    """`apply`: do it, else only say it. `invite`: make accounts for who has none. `live`: services page by it."""

    apply: bool = False
    invite: bool = False
    live: bool = False


class Mover:
    """One go through an export."""

    def __init__(self, export: Export, by: Actor, wishes: Wishes) -> None:
        self._export, self._by, self._wishes = export, by, wishes
        self._users: dict[str, User] = {}
        self._ids: dict[tuple[str, str], int] = {}
        self._names = {person.key: person.name or person.email for person in export.people}

    def run(self) -> Iterator[Step]:
        """Go through people, schedules with overrides, policies and services, in this order.

        :raises NotAllowed: only administrators move in.
        """
        require(self._by, Right.ADMINISTER, "move in from another system")
        for person in self._export.people:
            yield self._person(person)
        for schedule in self._export.schedules:
            yield self._guarded("schedule", schedule.name, partial(self._schedule, schedule))
            yield from self._overrides(schedule)
        for policy in self._export.policies:
            yield self._guarded("policy", policy.name, partial(self._policy, policy))
        for service in self._export.services:
            yield self._guarded("service", service.name, partial(self._service, service))

    def _guarded(self, kind: str, name: str, move: Callable[[], Step]) -> Step:
        try:
            return move()
        except Refused as refused:
            field = f" ({refused.field})" if refused.field else ""
            return Step(kind, name, REFUSED, f"{refused.message}{field}")

    # --- people -------------------------------------------------------------------------------------

    def _person(self, person: Person) -> Step:
        user = User.objects.filter(email__iexact=person.email).first() if person.email else None
        if user is not None and user.is_active:
            self._users[person.key] = user
            return Step("person", person.name, FOUND, user.email)
        if user is not None:
            return Step("person", person.name, MISSING, f"{user.email} was deactivated here")
        if not person.email:
            return Step("person", person.name, MISSING, "has no address there, so nobody here can be them")
        if not self._wishes.invite:
            return Step("person", person.name, MISSING, f"{person.email} has no account here yet")
        if self._wishes.apply:
            invite_person(email=person.email, by=self._by, name=person.name)
            self._users[person.key] = User.objects.get(email__iexact=person.email)
        return Step("person", person.name, MADE, person.email)

    def _numbers(self, keys: Iterator[str]) -> dict[str, str]:
        """Account numbers by key.

        :raises Refused: somebody has no account; says who.
        """
        found, missing = {}, []
        for key in dict.fromkeys(keys):
            if key in self._users:
                found[key] = str(self._users[key].pk)
            elif not self._is_to_come(key):
                missing.append(self._names.get(key, key))
        if missing:
            raise Refused(f"No account here: {', '.join(missing)}.")
        return found

    def _is_to_come(self, key: str) -> bool:
        """In a dry run: who would have an account by then."""
        return self._wishes.invite and not self._wishes.apply and bool(self._names.get(key))

    # --- schedules ----------------------------------------------------------------------------------

    def _schedule(self, there: MovedSchedule) -> Step:
        groups = [group for layer in there.layers for group in layer["participants"]]
        numbers = self._numbers(user for group in groups for user in group)
        layers = [
            {**layer, "participants": [[numbers.get(user, user) for user in group] for group in layer["participants"]]}
            for layer in there.layers
        ]
        wanted: dict[str, Any] = {"time_zone": there.time_zone, "layers": layers, "description": there.description}

        def make(name: str) -> int:
            return make_schedule(name=name, by=self._by, **wanted).pk

        def change(pk: int) -> None:
            change_schedule(slug=Schedule.objects.get(pk=pk).slug, by=self._by, exactly=True, **wanted)

        return self._bring(SCHEDULE, there.key, there.name, wanted, Schedule, make, change)

    def _overrides(self, there: MovedSchedule) -> Iterator[Step]:
        schedule = Schedule.objects.filter(pk=self._ids.get((SCHEDULE, there.key), 0)).first()
        if schedule is None:
            return
        now, kept = clock.now(), set()
        for each in there.overrides:
            key = f"{there.key} {each['user']} {each['from']} {each['to']}"
            kept.add(key)
            name = f"{self._names.get(each['user'], each['user'])} on {there.name}, {each['from']} to {each['to']}"
            if _at(each, "to") <= now:
                continue
            yield self._guarded("override", name, partial(self._override, schedule, key, name, each))
        yield from self._gone(schedule, there, kept)

    def _override(self, schedule: Schedule, key: str, name: str, each: Mapping[str, Any]) -> Step:
        numbers = self._numbers(iter([each["user"]]))

        def make(_: str) -> int:
            return add_override(
                slug=schedule.slug,
                user=User.objects.get(pk=int(numbers[each["user"]])),
                starts_at=_at(each, "from"),
                ends_at=_at(each, "to"),
                by=self._by,
                reason=f"from {self._export.source}",
            ).pk

        return self._bring("override", key, name, dict(each), Override, make, None)

    def _gone(self, schedule: Schedule, there: MovedSchedule, kept: set[str]) -> Iterator[Step]:
        """Overrides that we brought along and that were taken back there."""
        rows = Moved.objects.filter(
            source=self._export.source, kind="override", outside_id__startswith=f"{there.key} "
        ).exclude(outside_id__in=kept)
        for row in rows.order_by("pk"):
            found = schedule.overrides.filter(pk=row.object_id, cancelled_at__isnull=True, ends_at__gt=clock.now())
            override = found.select_related("user").first()
            if override is None:
                continue
            if self._wishes.apply:
                end_override(slug=schedule.slug, override=override.pk, by=self._by)
            name = f"{override.user.name} on {there.name}"
            yield Step("override", name, CHANGED, f"taken back in {self._export.source}")

    # --- policies and services ------------------------------------------------------------------------

    def _policy(self, there: MovedPolicy) -> Step:
        numbers = self._numbers(key for level in there.levels for kind, key in level.targets if kind == PERSON)
        levels = []
        for level in there.levels:
            targets = [self._target(kind, key, numbers) for kind, key in level.targets]
            if targets:
                levels.append({"wait_minutes": level.wait_minutes, "targets": targets})
        wanted: dict[str, Any] = {"levels": levels, "repeats": there.repeats, "description": there.description}

        def make(name: str) -> int:
            return make_policy(name=name, by=self._by, **wanted).pk

        def change(pk: int) -> None:
            change_policy(slug=EscalationPolicy.objects.get(pk=pk).slug, by=self._by, **wanted)

        return self._bring("policy", there.key, there.name, wanted, EscalationPolicy, make, change)

    def _target(self, kind: str, key: str, numbers: Mapping[str, str]) -> dict[str, Any]:
        if kind == PERSON:
            return {"kind": PERSON, "id": int(numbers.get(key, "0"))}
        pk = self._ids.get((SCHEDULE, key))
        if pk is None and not (not self._wishes.apply and any(one.key == key for one in self._export.schedules)):
            raise Refused("It asks a schedule that did not come along.")
        return {"kind": SCHEDULE, "id": pk or 0}

    def _service(self, there: MovedService) -> Step:
        pk = self._ids.get(("policy", there.policy))
        wanted: dict[str, Any] = {
            "name": there.name,
            "description": there.description,
            "policy": pk if self._wishes.live else None,
        }

        def make(name: str) -> int:
            policy = EscalationPolicy.objects.filter(pk=wanted["policy"]).first()
            return add_service(name=name, by=self._by, description=there.description, policy=policy).pk

        def change(found: int) -> None:
            policy = EscalationPolicy.objects.filter(pk=wanted["policy"]).first()
            values = {"policy": policy} if policy else {}
            service = Service.objects.select_for_update(no_key=True).get(pk=found)
            change_service(service=service, by=self._by, description=there.description, **values)

        step = self._bring("service", there.key, there.name, wanted, Service, make, change)
        if self._wishes.live and there.policy and pk is None and self._wishes.apply:
            return replace(step, text="pages nobody: its policy did not come along")
        return step

    # --- each of them -----------------------------------------------------------------------------------

    def _bring(
        self,
        kind: str,
        key: str,
        name: str,
        wanted: Mapping[str, Any],
        model: Any,
        make: Callable[[str], int],
        change: Callable[[int], None] | None,
    ) -> Step:
        """Make it, change it, or leave it: by what it was there and here when it last came along."""
        read = digest(json.dumps(wanted, sort_keys=True, default=str))
        row = Moved.objects.filter(source=self._export.source, kind=kind, outside_id=key).first()
        if row is not None and not model.objects.filter(pk=row.object_id).exists():
            row.delete()
            row = None
        if row is None:
            called = self._free(kind, name, model)
            if self._wishes.apply:
                self._ids[kind, key] = self._keep(kind, key, read, model, partial(make, called))
            return Step(kind, name, MADE, f"as “{called}”, because the name is taken" if called != name else "")
        self._ids[kind, key] = row.object_id
        if row.digest == read:
            return Step(kind, name, SAME)
        if row.state != _state(model, row.object_id) or change is None:
            return Step(
                kind, name, LEFT, "it was changed here since it came, so what changed there was not brought along"
            )
        if self._wishes.apply:
            self._keep(kind, key, read, model, partial(self._changed, row.object_id, change))
        return Step(kind, name, CHANGED)

    def _changed(self, pk: int, change: Callable[[int], None]) -> int:
        change(pk)
        return pk

    def _free(self, kind: str, name: str, model: Any) -> str:
        if kind == "override" or not model.objects.filter(slug=slugify(name)).exists():
            return name
        return f"{name[:60]} ({self._export.source})"

    @operation
    def _keep(self, kind: str, key: str, read: str, model: Any, act: Callable[[], int]) -> int:
        """The thing and the note of what it came from, both or neither."""
        pk = act()
        Moved.objects.update_or_create(
            source=self._export.source,
            kind=kind,
            outside_id=key,
            defaults={"object_id": pk, "digest": read, "state": _state(model, pk), "moved_at": clock.now()},
        )
        return pk


def _at(override: Mapping[str, Any], edge: str) -> datetime:
    return datetime.fromtimestamp(read_instant(override[edge], edge), UTC)


def _state(model: Any, pk: int) -> str:
    """What a thing is here, so that it shows whether somebody has changed it."""
    if model is Schedule:
        version = Schedule.objects.get(pk=pk).versions.get(superseded_at__isnull=True)
        return f"{version.number} {version.digest}"[:64]
    if model is EscalationPolicy:
        policy = EscalationPolicy.objects.get(pk=pk)
        levels = list(policy.levels.order_by("position").values_list("wait_minutes", "targets"))
        return digest(json.dumps([policy.repeats, levels], sort_keys=True))
    if model is Service:
        service = Service.objects.get(pk=pk)
        return digest(json.dumps([service.name, service.policy_id]))
    return ""
