"""Following an outside calendar."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoint import Endpoint
from common.errors import NotFound
from oncall.api.calendar_shapes import CalendarIn, CalendarOut
from oncall.models import FollowedCalendar
from oncall.operations import calendars


class Calendar(Endpoint):
    """The outside calendar that a schedule follows."""

    @extend_schema(summary="The calendar that a schedule follows", responses=CalendarOut)
    def get(self, request: Request, slug: str) -> Response:
        rows = FollowedCalendar.objects.filter(schedule__slug=slug, schedule__archived_at__isnull=True)
        row = rows.filter(removed_at__isnull=True).first()
        if row is None:
            raise NotFound("This schedule follows no calendar.", field="calendar")
        return Response(CalendarOut(row).data)

    @extend_schema(
        summary="Follow a calendar",
        description="It is read every 15 minutes and lies above all layers. One that is followed already ends.",
        request=CalendarIn,
        responses=CalendarOut,
    )
    def put(self, request: Request, slug: str) -> Response:
        given = self.read(CalendarIn)
        return Response(CalendarOut(calendars.follow_calendar(slug=slug, by=self.by, **given)).data)

    @extend_schema(summary="Follow no calendar", responses={204: None})
    def delete(self, request: Request, slug: str) -> Response:
        calendars.leave_calendar(slug=slug, by=self.by)
        return Response(status=204)
