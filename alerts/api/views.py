"""Alerts and groups, to read."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoint import Endpoint
from alerts.api import serializers as shapes
from alerts.api.access import visible_alerts, visible_groups
from alerts.api.why import why_alert, why_group


class Alerts(Endpoint):
    """Single signals."""

    @extend_schema(
        summary="Alerts, newest first",
        parameters=[
            OpenApiParameter("connection", int),
            OpenApiParameter("group", int),
            OpenApiParameter("kind", str),
        ],
        responses=shapes.AlertOut(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = visible_alerts(self.user)
        if (connection := self.number("connection")) is not None:
            rows = rows.filter(connection_id=connection)
        if (group := self.number("group")) is not None:
            rows = rows.filter(group_id=group)
        if kind := self.text("kind"):
            rows = rows.filter(kind=kind)
        return self.page(rows, shapes.AlertOut)


class OneAlert(Endpoint):
    @extend_schema(summary="One alert with what the source said", responses=shapes.AlertDetail)
    def get(self, request: Request, pk: int) -> Response:
        return Response(shapes.AlertDetail(get_object_or_404(visible_alerts(self.user), pk=pk)).data)


class WhyAlert(Endpoint):
    @extend_schema(summary="Why it did what it did", responses=shapes.Why)
    def get(self, request: Request, pk: int) -> Response:
        rows = visible_alerts(self.user).select_related("received__connection")
        return Response(shapes.Why(why_alert(get_object_or_404(rows, pk=pk))).data)


class Groups(Endpoint):
    """All signals of one trouble, each trouble once."""

    @extend_schema(
        summary="Alert groups, newest first",
        parameters=[
            OpenApiParameter("state", str, enum=shapes.STATES),
            OpenApiParameter("connection", int),
            OpenApiParameter("q", str, description="words in the title"),
        ],
        responses=shapes.GroupOut(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = visible_groups(self.user)
        if state := self.word("state", shapes.STATES):
            rows = rows.filter(state=state)
        if (connection := self.number("connection")) is not None:
            rows = rows.filter(connection_id=connection)
        if words := self.text("q"):
            rows = rows.filter(title__icontains=words)
        return self.page(rows, shapes.GroupOut)


class OneGroup(Endpoint):
    @extend_schema(summary="One alert group", responses=shapes.GroupOut)
    def get(self, request: Request, pk: int) -> Response:
        return Response(shapes.GroupOut(get_object_or_404(visible_groups(self.user), pk=pk)).data)


class WhyGroup(Endpoint):
    @extend_schema(summary="Why it did what it did", responses=shapes.Why)
    def get(self, request: Request, pk: int) -> Response:
        group = get_object_or_404(visible_groups(self.user), pk=pk)
        signals = group.alerts.order_by("occurred_at", "pk")
        return Response(shapes.Why(why_group(group, signals.last(), signals.first())).data)
