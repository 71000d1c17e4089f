"""`manage.py move_in SOURCE FOLDER`: bring schedules, overrides, policies, people and services from another system."""

import json
from argparse import ArgumentParser
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.actors import SYSTEM, Actor
from accounts.models import User
from common import clock
from common.errors import Invalid, PartnerTrouble, Refused
from integrations.kit.moving import fetchers, readers
from oncall.moving.checking import WEEKS, Differs, differences, window
from oncall.moving.shapes import Export, MovedSchedule
from oncall.operations.moving import FOUND, SAME, Mover, Step, Wishes

_MOST_SHOWN = 20


class Command(BaseCommand):
    help = (
        "Bring schedules, overrides, escalation policies, people and services from another system: from a folder with "
        "its lists as JSON, or from its API. Without --apply nothing is changed: it says what would be."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", choices=sorted(readers()))
        parser.add_argument(
            "folder", nargs="?", help="with users.json, schedules.json ...; without it the API is asked"
        )
        parser.add_argument("--apply", action="store_true", help="do it; can be done again until the day of the switch")
        parser.add_argument("--invite", action="store_true", help="make accounts for people who have none, by address")
        parser.add_argument(
            "--live", action="store_true", help="services page by their policies: the day of the switch"
        )
        parser.add_argument("--by", default="", help="the administrator in whose name it is done, by address")
        parser.add_argument("--save", default="", help="with the API: keep what it says as a folder")

    def handle(self, *args: Any, source: str, folder: str | None, **options: Any) -> None:
        try:
            lists = _from_folder(source, Path(folder)) if folder else fetchers()[source](*window(_now()))
        except PartnerTrouble as trouble:
            raise CommandError(trouble.message)
        if options["save"]:
            _save(lists, Path(options["save"]))
        export = readers()[source].read(lists)
        by = _actor(options["by"])
        wishes = Wishes(apply=options["apply"], invite=options["invite"], live=options["live"])
        try:
            steps = self._steps(export, by, wishes)
        except Refused as refused:
            raise CommandError(refused.message)
        self._compare(export)
        self._name(export)
        self._sum_up(export, steps, wishes)

    def _steps(self, export: Export, by: Actor, wishes: Wishes) -> list[Step]:
        steps = []
        for step in Mover(export, by, wishes).run():
            steps.append(step)
            if step.outcome not in (SAME, FOUND):
                said = f": {step.text}" if step.text else ""
                self.stdout.write(f"{step.outcome:8} {step.kind} {step.name}{said}")
        return steps

    def _compare(self, export: Export) -> None:
        """Where ours would ask others than theirs, shift by shift."""
        start, end = window(_now())
        names = {person.key: person.name for person in export.people}
        self.stdout.write(f"\nThe next {WEEKS} weeks, ours against {export.source}'s own:")
        for schedule in export.schedules:
            try:
                found = differences(schedule, start, end)
            except Invalid as refused:
                self.stdout.write(f"  {schedule.name}: can't be computed: {refused.message} ({refused.field})")
                continue
            if found is None:
                self.stdout.write(f"  {schedule.name}: not compared, {export.source}'s own shifts are not known")
            elif not found:
                self.stdout.write(f"  {schedule.name}: the same, shift by shift")
            else:
                self._show(schedule, found, names)

    def _show(self, schedule: MovedSchedule, found: list[Differs], names: dict[str, str]) -> None:
        self.stdout.write(f"  {schedule.name}: differs {len(found)} times")
        for one in found[:_MOST_SHOWN]:
            there, here = (_people(keys, names) for keys in (one.theirs, one.ours))
            self.stdout.write(f"    {_when(one.start)} to {_when(one.end)}: there {there}, here {here}")
        if len(found) > _MOST_SHOWN:
            self.stdout.write(f"    and {len(found) - _MOST_SHOWN} more")

    def _name(self, export: Export) -> None:
        if export.unsupported:
            self.stdout.write("\nWithout a counterpart here:")
        for one in export.unsupported:
            self.stdout.write(f"  {one.where}: {one.what}")

    def _sum_up(self, export: Export, steps: list[Step], wishes: Wishes) -> None:
        counts = Counter((step.kind, step.outcome) for step in steps)
        self.stdout.write("")
        for (kind, outcome), count in sorted(counts.items()):
            self.stdout.write(f"{count} {kind}{'' if count == 1 else 's'} {outcome}")
        if not wishes.apply:
            self.stdout.write("Nothing was changed. Add --apply to do it.")
        elif not wishes.live:
            self.stdout.write(
                f"Services have no policy by this: {export.source} goes on paging, and Warroom pages nobody for them. "
                "On the day of the switch: --apply --live, and switch paging off there."
            )


def _from_folder(source: str, folder: Path) -> dict[str, list[dict[str, Any]]]:
    if not folder.is_dir():
        raise CommandError(f"There is no folder {folder}.")
    lists = {}
    for name in readers()[source].lists:
        path = folder / f"{name}.json"
        if not path.exists():
            continue
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
        except (ValueError, RecursionError) as error:
            raise CommandError(f"{path} is no JSON: {error}")
        # As the API gives it, {"users": [...]}, or only the list.
        rows = said.get(name, said.get("data", said.get("results"))) if isinstance(said, dict) else said
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise CommandError(f"{path} has no list of {name}.")
        lists[name] = rows
    if not lists:
        wanted = ", ".join(f"{name}.json" for name in readers()[source].lists)
        raise CommandError(f"{folder} has none of {wanted}.")
    return lists


def _save(lists: dict[str, list[dict[str, Any]]], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in lists.items():
        (folder / f"{name}.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")


def _actor(email: str) -> Actor:
    if not email:
        return SYSTEM
    user = User.objects.filter(email__iexact=email, is_active=True).first()
    if user is None:
        raise CommandError(f"There is no person with the address {email}.")
    return Actor.person(user, "system")


def _people(keys: tuple[str, ...], names: dict[str, str]) -> str:
    return ", ".join(names.get(key, key) for key in keys) or "nobody"


def _when(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%a %Y-%m-%d %H:%MZ")


def _now() -> int:
    return int(clock.now().timestamp())
