"""The list, declaring, one incident."""

from typing import Any

from django.db.models import prefetch_related_objects
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoint import Endpoint
from common.errors import Invalid
from incidents.api.base import IncidentEndpoint
from incidents.api.changes import change_incident
from incidents.api.fields import STATES, read_severity
from incidents.api.shapes import ChangeIn, DeclareIn, IncidentOut
from incidents.operations.declare import declare_incident
from incidents.paging import read_target
from incidents.queries import find_incidents
from oncall.rules.escalation import Target

_FILTERS = [
    OpenApiParameter("state", str, enum=STATES, description="open, ended, or one status"),
    OpenApiParameter("severity", str, description="1 to 5, sev1 … or a word"),
    OpenApiParameter("service", str, description="a service's slug"),
    OpenApiParameter("team", str, description="a team's slug: incidents of its services"),
    OpenApiParameter("tag", str),
    OpenApiParameter("mine", OpenApiTypes.BOOL, description="those I am in"),
    OpenApiParameter("drill", OpenApiTypes.BOOL),
    OpenApiParameter("private", OpenApiTypes.BOOL),
    OpenApiParameter("q", str, description="words in title, summary, timeline or postmortem"),
]


class Incidents(Endpoint):
    """Incidents that the caller may see."""

    @extend_schema(summary="Incidents, newest first", parameters=_FILTERS, responses=IncidentOut(many=True))
    def get(self, request: Request) -> Response:
        severity = self.text("severity")
        wanted = read_severity(severity) if severity else None
        if severity and wanted is None:
            raise Invalid("severity is 1 to 5, sev1 to sev5, or a word for it.", field="severity")
        drill = self.switch("drill")
        filters = {
            "state": self.word("state", STATES),
            "severity": wanted,
            "service": self.text("service"),
            "team": self.text("team"),
            "tag": self.text("tag").lower(),
            "mine": self.switch("mine"),
            "drill": {True: "only", False: "none", None: ""}[drill],
            "text": self.text("q"),
        }
        rows = find_incidents(self.by.user, filters)
        if (private := self.switch("private")) is not None:
            rows = rows.filter(is_private=private)
        return self.page(rows, IncidentOut, ordering="-pk")

    @extend_schema(summary="Declare an incident", request=DeclareIn, responses={201: IncidentOut})
    def post(self, request: Request) -> Response:
        given = self.read(DeclareIn)
        return self.post_once(request, lambda: self._declare(given))

    def _declare(self, given: dict[str, Any]) -> Response:
        values = {key: value for key, value in given.items() if key not in ("private", "drill", "page")}
        incident = declare_incident(
            by=self.by,
            is_private=given["private"],
            is_drill=given["drill"],
            page=_who(given.get("page")),
            **values,
        )
        incident.roles_held = []  # type: ignore[attr-defined]
        prefetch_related_objects([incident], "services")
        return Response(
            IncidentOut(incident).data, status=201, headers={"Location": f"/api/v1/incidents/{incident.pk}"}
        )


def _who(page: str | None) -> list[Target] | None:
    """Who a declare pages; None: whom its services' policies say."""
    if page is None or not page.strip():
        return None
    return [] if page.strip().lower() == "none" else [read_target(page)]


class OneIncident(IncidentEndpoint):
    """One incident."""

    @extend_schema(summary="One incident", responses=IncidentOut)
    def get(self, request: Request, number: int) -> Response:
        return Response(self.show(number))

    @extend_schema(
        summary="Change what is known; each change is an event, one refusal undoes all",
        request=ChangeIn,
        responses=IncidentOut,
    )
    def patch(self, request: Request, number: int) -> Response:
        change_incident(number=number, values=self.read(ChangeIn, partial=True), by=self.by)
        return Response(self.show(number))
