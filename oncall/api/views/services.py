"""Services."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoint import Endpoint
from oncall.api.serializers import ServiceIn, ServiceOut
from oncall.models import Service
from oncall.operations.catalogue import add_service, change_service

_ROWS = Service.objects.select_related("team", "policy")


class Services(Endpoint):
    """The catalogue."""

    admin_writes = True

    @extend_schema(
        summary="Services",
        parameters=[OpenApiParameter("team", str, description="a team's slug"), OpenApiParameter("q", str)],
        responses=ServiceOut(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = _ROWS
        if team := self.text("team"):
            rows = rows.filter(team__slug=team)
        if words := self.text("q"):
            rows = rows.filter(name__icontains=words) | rows.filter(description__icontains=words)
        return self.page(rows, ServiceOut, ordering="slug")

    @extend_schema(summary="Add a service", request=ServiceIn, responses={201: ServiceOut})
    def post(self, request: Request) -> Response:
        given = self.read(ServiceIn)
        return self.post_once(request, lambda: self._add(given))

    def _add(self, given: dict[str, Any]) -> Response:
        service = add_service(by=self.by, **given)
        return Response(ServiceOut(service).data, status=201, headers={"Location": f"/api/v1/services/{service.slug}"})


class OneService(Endpoint):
    """One service."""

    admin_writes = True

    @extend_schema(summary="One service", responses=ServiceOut)
    def get(self, request: Request, slug: str) -> Response:
        return Response(ServiceOut(get_object_or_404(_ROWS, slug=slug)).data)

    @extend_schema(summary="Change a service", request=ServiceIn, responses=ServiceOut)
    def patch(self, request: Request, slug: str) -> Response:
        given = self.read(ServiceIn, partial=True)
        change_service(service=get_object_or_404(_ROWS, slug=slug), by=self.by, **given)
        return self.get(request, slug)
