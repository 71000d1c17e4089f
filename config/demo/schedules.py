"""The demo's schedules and policies: one by weeks with office hours above it, one by days that has a gap."""

from datetime import timedelta
from typing import Any

from accounts.actors import SYSTEM, Actor
from accounts.models import Team, User
from common import clock
from oncall import queries
from oncall.models import EscalationPolicy, Override, Schedule, Service, ShiftRequest
from oncall.operations.policies import make_policy
from oncall.operations.schedules import make_schedule
from oncall.operations.swaps import ask_cover
from oncall.rules.schedules.wall import datetime_of

_WEEKS = 12


def seed_schedules(cast: dict[str, User]) -> None:
    """Make the schedules that are missing; they count from twelve weeks ago."""
    now = clock.now()
    begins = now - timedelta(weeks=_WEEKS)
    monday = (begins - timedelta(days=begins.weekday())).date()

    def layer(name: str, *who: str, unit: str = "week", **more: Any) -> dict[str, Any]:
        return {
            "name": name,
            "starts_at": f"{monday}T09:00",
            "participants": [[str(cast[handle].pk)] for handle in who],
            "rotate": {"unit": unit, "every": 1},
            **more,
        }

    office = [
        {"kind": "weekly", "from": {"weekday": day, "time": "09:00"}, "to": {"weekday": day, "time": "17:00"}}
        for day in ("mon", "tue", "wed", "thu", "fri")
    ]
    nights = [{"kind": "daily", "from": "20:00", "to": "18:00"}]
    for name, team, zone, layers in (
        (
            "Payments primary",
            "payments",
            "Europe/Berlin",
            [layer("Week", "ada", "bo", "cleo"), layer("Office hours", "bo", "ada", restrictions=office)],
        ),
        ("Platform", "platform", "America/New_York", [layer("Day", "cleo", "bo", unit="day", restrictions=nights)]),
    ):
        if Schedule.objects.filter(name=name).exists():
            continue
        schedule = make_schedule(
            name=name,
            time_zone=zone,
            layers=layers,
            team=Team.objects.get(slug=team),
            starts_at=begins,
            by=SYSTEM,
        )
        if team == "payments":
            start = now.replace(hour=18, minute=0, second=0, microsecond=0) + timedelta(days=1)
            Override.objects.create(
                schedule=schedule,
                user=cast["cleo"],
                starts_at=start,
                ends_at=start + timedelta(hours=12),
                reason="Ada is on a train",
                made_by=cast["ada"],
            )


def seed_requests(cast: dict[str, User]) -> None:
    """Somebody needs cover for an evening."""
    now = clock.now()
    if ShiftRequest.objects.exists():
        return
    shifts = queries.shifts_of(cast["bo"], now + timedelta(days=2), now + timedelta(days=28))
    for schedule, shift in shifts[:1]:
        starts_at = datetime_of(shift.start)
        ask_cover(
            slug=schedule.slug,
            starts_at=starts_at,
            ends_at=min(datetime_of(shift.end), starts_at + timedelta(hours=6)),
            reason="School play",
            by=Actor.person(cast["bo"], "web"),
        )


def seed_policies(cast: dict[str, User]) -> None:
    """Make the policies that are missing: who is on call, then the team; Ada where nobody is anywhere."""
    for name, team_slug, schedule in (
        ("Payments", "payments", "payments-primary"),
        ("Platform", "platform", "platform"),
    ):
        team = Team.objects.get(slug=team_slug)
        if EscalationPolicy.objects.filter(name=name).exists():
            continue
        first = {"kind": "schedule", "id": Schedule.objects.get(slug=schedule).pk}
        policy = make_policy(
            name=name,
            team=team,
            levels=[
                {"wait_minutes": 5, "targets": [first]},
                {"wait_minutes": 10, "targets": [{"kind": "team", "id": team.pk}]},
            ],
            by=SYSTEM,
        )
        Service.objects.filter(team=team, policy__isnull=True).update(policy=policy)
    if not EscalationPolicy.objects.filter(is_catch_all=True).exists():
        last = {"wait_minutes": 5, "targets": [{"kind": "person", "id": cast["ada"].pk}]}
        make_policy(name="Catch-all", levels=[last], is_catch_all=True, by=SYSTEM)
