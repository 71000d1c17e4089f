"""Action items and status updates."""

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import Invalid, NotFound
from common.operations import operation
from incidents.api import work_shapes as shapes
from incidents.api.base import IncidentEndpoint
from incidents.models import ActionItem
from incidents.operations import tasks
from incidents.operations.updates import publish_update


def _items(number: int) -> "QuerySet[ActionItem]":
    return ActionItem.objects.filter(incident_id=number).select_related("owner", "created_by", "origin")


class ActionItems(IncidentEndpoint):
    """Tasks during the incident, follow-ups after it."""

    @extend_schema(
        summary="Action items",
        parameters=[OpenApiParameter("done", OpenApiTypes.BOOL)],
        responses=shapes.ActionItemOut(many=True),
    )
    def get(self, request: Request, number: int) -> Response:
        self.incident(number)
        rows = _items(number)
        if (done := self.switch("done")) is not None:
            rows = rows.filter(done_at__isnull=not done)
        return self.page(rows, shapes.ActionItemOut, ordering="number")

    @extend_schema(summary="Write down work", request=shapes.ActionItemIn, responses={201: shapes.ActionItemOut})
    def post(self, request: Request, number: int) -> Response:
        given = self.read(shapes.ActionItemIn)
        return self.post_once(request, lambda: self._add(number, given))

    def _add(self, number: int, given: dict[str, Any]) -> Response:
        item = tasks.add_item(number=number, by=self.by, **given)
        return Response(
            shapes.ActionItemOut(item).data,
            status=201,
            headers={"Location": f"/api/v1/incidents/{number}/action-items/{item.number}"},
        )


class OneActionItem(IncidentEndpoint):
    """One action item, by its number in the incident."""

    @extend_schema(summary="One action item", responses=shapes.ActionItemOut)
    def get(self, request: Request, number: int, item: int) -> Response:
        self.incident(number)
        found = _items(number).filter(number=item).first()
        if found is None:
            raise NotFound(f"There is no action item {item} in #{number}.", field="item")
        return Response(shapes.ActionItemOut(found).data)

    @extend_schema(
        summary="Change what it is, who does it and until when; done or not",
        request=shapes.ActionItemChangeIn,
        responses=shapes.ActionItemOut,
    )
    def patch(self, request: Request, number: int, item: int) -> Response:
        given = self.read(shapes.ActionItemChangeIn, partial=True)
        if not given:
            raise Invalid("Give done, owner, text or due_at.", field="body")
        self._change(number, item, given)
        return self.get(request, number, item)

    @operation
    def _change(self, number: int, item: int, given: dict[str, Any]) -> None:
        if "text" in given:
            tasks.reword_item(number=number, item=item, text=given["text"], by=self.by)
        if "due_at" in given:
            tasks.set_due(number=number, item=item, due_at=given["due_at"], by=self.by)
        if "owner" in given:
            tasks.assign_item(number=number, item=item, owner=given["owner"], by=self.by)
        if "done" in given:
            change = tasks.finish_item if given["done"] else tasks.reopen_item
            change(number=number, item=item, by=self.by)


class Updates(IncidentEndpoint):
    """Status updates."""

    @extend_schema(summary="Status updates, newest first", responses=shapes.UpdateOut(many=True))
    def get(self, request: Request, number: int) -> Response:
        rows = self.incident(number).updates.select_related("event")
        return self.page(rows, shapes.UpdateOut, ordering="-pk")

    @extend_schema(summary="Publish a status update", request=shapes.UpdateIn, responses={201: shapes.UpdateOut})
    def post(self, request: Request, number: int) -> Response:
        given = self.read(shapes.UpdateIn)
        minutes = given.pop("next_in", None)

        def once() -> Response:
            next_in = timedelta(minutes=minutes) if minutes else None
            update = publish_update(number=number, by=self.by, next_in=next_in, **given)
            return Response(shapes.UpdateOut(update).data, status=201)

        return self.post_once(request, once)
