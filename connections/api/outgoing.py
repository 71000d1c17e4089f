"""Deliveries, and everything that was given up; for administrators."""

import base64
import binascii
from typing import Any

from django.db.models import F, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from accounts import audit
from accounts.api.endpoint import Empty
from accounts.api.fields import iso
from accounts.api.pagination import Cursor
from accounts.models import User
from common.errors import Conflict, Invalid, NotFound
from common.pending import Pending, pending_tables
from connections.api import serializers as shapes
from connections.api.access import hidden_numbers, path_to_incident, shown_rows
from connections.api.views import AdminEndpoint
from connections.models import Delivery
from connections.operations import retry_delivery


def _deliveries(user: User) -> "QuerySet[Delivery]":
    rows = Delivery.objects.select_related("lane__connection")
    return rows.exclude(incident_number__in=hidden_numbers(user))


class Deliveries(AdminEndpoint):
    """What should be shown where."""

    @extend_schema(
        summary="Deliveries, newest first",
        parameters=[
            OpenApiParameter("state", str, enum=shapes.DELIVERY_STATES),
            OpenApiParameter("connection", int),
            OpenApiParameter("incident", int),
        ],
        responses=shapes.DeliveryOut(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = _deliveries(self.user)
        state = self.word("state", shapes.DELIVERY_STATES)
        if state == "failed":
            rows = rows.filter(dead_at__isnull=False)
        elif state == "waiting":
            rows = rows.filter(dead_at__isnull=True, wanted__gt=F("shown"))
        elif state == "shown":
            rows = rows.filter(dead_at__isnull=True, wanted__lte=F("shown"))
        if (connection := self.number("connection")) is not None:
            rows = rows.filter(lane__connection_id=connection)
        if (incident := self.number("incident")) is not None:
            rows = rows.filter(incident_number=incident)
        return self.page(rows, shapes.DeliveryOut)


class OneDelivery(AdminEndpoint):
    @extend_schema(summary="One delivery with its attempts", responses=shapes.DeliveryDetail)
    def get(self, request: Request, pk: int) -> Response:
        return Response(shapes.DeliveryDetail(get_object_or_404(_deliveries(self.user), pk=pk)).data)


class RetryDelivery(AdminEndpoint):
    @extend_schema(summary="Try a delivery again now", request=None, responses=shapes.DeliveryDetail)
    def post(self, request: Request, pk: int) -> Response:
        self.read(Empty)
        return self.post_once(request, lambda: self._retry(pk))

    def _retry(self, pk: int) -> Response:
        delivery = get_object_or_404(_deliveries(self.user), pk=pk)
        if delivery.state == "shown":
            raise Conflict("It is shown already; there is nothing to try again.")
        retry_delivery(delivery)
        audit.record(self.by, "delivery.retried", "delivery", pk)
        return Response(shapes.DeliveryDetail(get_object_or_404(_deliveries(self.user), pk=pk)).data)


class DeadLetters(AdminEndpoint):
    """Whatever was given up, of every table of pending things."""

    @extend_schema(
        summary="Everything that was given up",
        parameters=[OpenApiParameter("table", str, description="only this table")],
        responses=shapes.DeadLetter(many=True),
    )
    def get(self, request: Request) -> Response:
        tables = [table for table in pending_tables() if self.text("table") in ("", _name(table))]
        start, before = _read(self.text("cursor"))
        size = Cursor().get_page_size(request) or 50
        found: list[tuple[type[Pending], Any]] = []
        for table in tables:
            if _name(table) < start:
                continue
            rows = _dead(table, self.user)
            if _name(table) == start:
                rows = rows.filter(pk__lt=before)
            found += [(table, row) for row in rows[: size + 1 - len(found)]]
            if len(found) > size:
                break
        following = None
        if len(found) > size:
            table, row = found[size - 1]
            following = replace_query_param(request.build_absolute_uri(), "cursor", _write(f"{_name(table)}:{row.pk}"))
        results = [_letter(table, row) for table, row in found[:size]]
        return Response({"next": following, "previous": None, "results": results})


class RetryDeadLetter(AdminEndpoint):
    @extend_schema(summary="Try it again now", request=None, responses={202: shapes.DeadLetter})
    def post(self, request: Request, table: str, pk: int) -> Response:
        self.read(Empty)
        return self.post_once(request, lambda: self._revive(table, pk))

    def _revive(self, name: str, pk: int) -> Response:
        table = next((each for each in pending_tables() if _name(each) == name), None)
        row = _dead(table, self.user).filter(pk=pk).first() if table else None
        if table is None or row is None:
            raise NotFound("There is no such dead letter.")
        letter = _letter(table, row)
        row.revive()
        audit.record(self.by, "dead_letter.retried", name, pk)
        return Response(letter, status=202)


def _name(table: type[Pending]) -> str:
    return table._meta.label_lower


def _dead(table: type[Pending], user: User) -> "QuerySet[Any]":
    return shown_rows(table, user).filter(state=Pending.DEAD).order_by("-pk")


def _letter(table: type[Pending], row: Any) -> dict[str, Any]:
    path = path_to_incident(table)
    incident = row
    for part in path.split("__") if path else []:
        incident = getattr(incident, part)
    return {
        "table": _name(table),
        "id": row.pk,
        "what": str(row)[:200],
        "incident": getattr(incident, "pk", incident) if path else None,
        "attempts": row.attempts,
        "last_error": row.last_error,
        "due_at": iso(row.due_at),
    }


def _write(place: str) -> str:
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def _read(cursor: str) -> tuple[str, int]:
    if not cursor:
        return "", 0
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        name, _, pk = raw.rpartition(":")
        number = int(pk)
        if not 0 <= number < 2**63:
            raise ValueError
        return name, number
    except (ValueError, binascii.Error):
        raise Invalid("This cursor was not made by a page of this list.", field="cursor")
