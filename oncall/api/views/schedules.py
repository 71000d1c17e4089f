"""Schedules: what they say, who is on call, and what somebody else would do to them."""

from datetime import datetime, timedelta
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoint import Endpoint
from common import clock
from common.errors import Invalid, NotFound
from oncall import queries
from oncall.api import naming
from oncall.api.schedule_shapes import (
    ChangeIn,
    DifferenceOut,
    FinalOut,
    NowOut,
    OnCallOut,
    OverrideIn,
    OverrideOut,
    PreviewIn,
    PreviewOut,
    QualityOut,
    ScheduleIn,
    ScheduleOut,
    WhyOut,
)
from oncall.models import Schedule
from oncall.operations import overrides, schedules
from oncall.rules.schedules.final import final
from oncall.rules.schedules.reading import LONGEST, read_instant, read_preview
from oncall.rules.schedules.telling import preview_json
from oncall.rules.schedules.wall import datetime_of

_ROWS = Schedule.objects.filter(archived_at__isnull=True).select_related("team")
_AHEAD = timedelta(days=14)
_MONTH = timedelta(days=28)
_YEAR = timedelta(weeks=52)
_AT = OpenApiParameter("at", str, description="an instant, as in 2026-03-28T20:00Z; now when left out")
_WINDOW = [
    OpenApiParameter("from", str, description="an instant; now when left out"),
    OpenApiParameter("to", str, description="an instant; two weeks later when left out"),
]


def _schedule(slug: str) -> Schedule:
    found = _ROWS.filter(slug=slug).first()
    if found is None:
        raise NotFound(f"There is no schedule “{slug[:80]}”.", field="schedule")
    return found


class _Timed(Endpoint):
    """Reads instants of the query string."""

    def instant(self, name: str, default: datetime) -> datetime:
        """Return an instant of the query string.

        :raises Invalid: it is none.
        """
        text = self.text(name).replace(" ", "+")
        return datetime_of(read_instant(text, name)) if text else default.replace(microsecond=0)

    def window_end(self, start: datetime, default: datetime) -> datetime:
        """Return the end of the query string's window.

        :raises Invalid: it is before the start, or more than five years after it.
        """
        end = self.instant("to", default)
        if end <= start:
            raise Invalid("A window ends after it begins.", field="to")
        if (end - start).total_seconds() > LONGEST:
            raise Invalid("A window is at most five years long.", field="to")
        return end


class Schedules(Endpoint):
    """Schedules."""

    @extend_schema(
        summary="Schedules",
        parameters=[OpenApiParameter("team", str, description="a team's slug"), OpenApiParameter("q", str)],
        responses=ScheduleOut(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = _ROWS
        if team := self.text("team"):
            rows = rows.filter(team__slug=team)
        if words := self.text("q"):
            rows = rows.filter(name__icontains=words) | rows.filter(description__icontains=words)
        return self.page(rows, naming.schedule_json, ordering="slug")

    @extend_schema(summary="Make a schedule", request=ScheduleIn, responses={201: ScheduleOut})
    def post(self, request: Request) -> Response:
        given = self.read(ScheduleIn)
        return self.post_once(request, lambda: self._make(given))

    def _make(self, given: dict[str, Any]) -> Response:
        given["layers"] = naming.numbered(given["layers"])
        schedule = schedules.make_schedule(by=self.by, **given)
        where = f"/api/v1/schedules/{schedule.slug}"
        return Response(naming.schedule_json(schedule), status=201, headers={"Location": where})


class OneSchedule(Endpoint):
    """One schedule."""

    @extend_schema(summary="One schedule", responses=ScheduleOut)
    def get(self, request: Request, slug: str) -> Response:
        return Response(naming.schedule_json(_schedule(slug)))

    @extend_schema(
        summary="Change a schedule",
        description="It counts from now on; whoever has a turn keeps it until the layer's next hand-off.",
        request=ScheduleIn,
        responses=ScheduleOut,
    )
    def patch(self, request: Request, slug: str) -> Response:
        given = self.read(ScheduleIn, partial=True)
        if "layers" in given:
            given["layers"] = naming.numbered(given["layers"])
        return Response(naming.schedule_json(schedules.change_schedule(slug=slug, by=self.by, **given)))

    @extend_schema(summary="Take a schedule out of use", responses={204: None})
    def delete(self, request: Request, slug: str) -> Response:
        schedules.archive_schedule(slug=slug, by=self.by)
        return Response(status=204)


class Final(_Timed):
    """Who is on call over a window."""

    @extend_schema(summary="Who is on call over a window", parameters=_WINDOW, responses=FinalOut)
    def get(self, request: Request, slug: str) -> Response:
        schedule = _schedule(slug)
        start = self.instant("from", clock.now())
        end = self.window_end(start, start + _AHEAD)
        return Response(naming.final_json(queries.final_of(schedule, start, end)))


class Now(_Timed):
    """Who is on call, since and until when, and who is next."""

    @extend_schema(summary="Who is on call at an instant", parameters=[_AT], responses=NowOut)
    def get(self, request: Request, slug: str) -> Response:
        schedule = _schedule(slug)
        return Response(naming.standing_json(queries.standing(schedule, self.instant("at", clock.now()))))


class OnCall(_Timed):
    """Who is on call on every schedule, in one answer."""

    @extend_schema(
        summary="Who is on call everywhere",
        parameters=[_AT, OpenApiParameter("team", str, description="a team's slug")],
        responses=OnCallOut,
    )
    def get(self, request: Request) -> Response:
        at = self.instant("at", clock.now())
        rows = _ROWS.filter(team__slug=team) if (team := self.text("team")) else _ROWS
        slugs = dict(rows.order_by("slug").values_list("pk", "slug"))
        return Response(naming.everywhere_json(at, slugs, queries.on_call(slugs, at)))


class Why(_Timed):
    """Why it is who it is."""

    @extend_schema(
        summary="Why somebody is on call",
        description="Each layer from high to low as it stands at the instant, then what was changed by hand.",
        parameters=[_AT],
        responses=WhyOut,
    )
    def get(self, request: Request, slug: str) -> Response:
        schedule = _schedule(slug)
        return Response(naming.why_json(queries.explanation(schedule, self.instant("at", clock.now()))))


class QualityView(_Timed):
    """Hours, nights and weekends of each person."""

    @extend_schema(
        summary="Who carries how much",
        description="Over a window, by default the next 52 weeks, in the schedule's zone.",
        parameters=_WINDOW,
        responses=QualityOut,
    )
    def get(self, request: Request, slug: str) -> Response:
        schedule = _schedule(slug)
        start = self.instant("from", clock.now())
        end = self.window_end(start, start + _YEAR)
        return Response(naming.quality_json(queries.quality_of(schedule, start, end)))


class Difference(_Timed):
    """What a change would do, before it is saved."""

    write_scope = "read"

    @extend_schema(
        summary="Preview a change",
        description="Who would gain and lose which hours in the next four weeks, gaps, and nights in a row.",
        request=ChangeIn,
        responses=DifferenceOut,
    )
    def post(self, request: Request, slug: str) -> Response:
        schedule = _schedule(slug)
        given = self.read(ChangeIn, partial=True)
        row = schedule.versions.get(superseded_at__isnull=True)
        layers = naming.numbered(given["layers"]) if "layers" in given else row.layers
        version = schedules.checked(given.get("time_zone") or row.time_zone, layers)
        start = clock.now().replace(microsecond=0)
        told = naming.difference_json(queries.difference(schedule, version, start, start + _MONTH))
        return self.post_once(request, lambda: Response(told))


class Overrides(_Timed):
    """Overrides of a schedule."""

    @extend_schema(
        summary="Overrides",
        description="Those that are not over, or that touch a window.",
        parameters=_WINDOW,
        responses=OverrideOut(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        rows = _schedule(slug).overrides.filter(
            cancelled_at__isnull=True, ends_at__gt=self.instant("from", clock.now())
        )
        if self.text("to"):
            rows = rows.filter(starts_at__lt=self.instant("to", clock.now()))
        return self.page(rows.select_related("user", "replaces", "made_by"), OverrideOut, ordering="pk")

    @extend_schema(summary="Put somebody on call instead", request=OverrideIn, responses={201: OverrideOut})
    def post(self, request: Request, slug: str) -> Response:
        given = self.read(OverrideIn)
        return self.post_once(request, lambda: self._add(slug, given))

    def _add(self, slug: str, given: dict[str, Any]) -> Response:
        row = overrides.add_override(
            slug=slug, by=self.by, starts_at=given.pop("from"), ends_at=given.pop("to"), **given
        )
        return Response(OverrideOut(row).data, status=201)


class OneOverride(Endpoint):
    """One override."""

    @extend_schema(summary="Take an override back", responses={200: OverrideOut})
    def delete(self, request: Request, slug: str, pk: int) -> Response:
        return Response(OverrideOut(overrides.end_override(slug=slug, override=pk, by=self.by)).data)


class Preview(Endpoint):
    """What a schedule's configuration would do; nothing is saved, so reading is enough."""

    write_scope = "read"

    @extend_schema(
        summary="Preview a schedule",
        description="Who would be on call over a window. The configuration need not be saved anywhere.",
        request=PreviewIn,
        responses=PreviewOut,
    )
    def post(self, request: Request) -> Response:
        plan, start, end = read_preview(request.data)
        return self.post_once(request, lambda: Response(preview_json(final(plan, start, end))))
