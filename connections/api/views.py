"""Connections and what came in through them; for administrators."""

from typing import Any

from django.db.models import Case, Q, QuerySet, Value, When
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoint import Empty, Endpoint
from accounts.models import User
from common.errors import Conflict, Invalid
from connections.api import serializers as shapes
from connections.api.access import hidden_numbers
from connections.api.changes import change_connection, check_names
from connections.catalogue import catalogue, entry
from connections.models import Connection, Received
from connections.operations import make_connection, switch_connection, test_connection


class AdminEndpoint(Endpoint):
    """For administrators; a token needs the scope admin."""

    read_scope = "admin"
    write_scope = "admin"
    admin_reads = True
    admin_writes = True


class Kinds(AdminEndpoint):
    """What can be connected."""

    pagination_class = None  # type: ignore[assignment]

    @extend_schema(summary="Kinds of connections", responses=shapes.KindOut(many=True))
    def get(self, request: Request) -> Response:
        return Response(shapes.KindOut(catalogue(), many=True).data)


class Connections(AdminEndpoint):
    """Everything that is set up."""

    answers_secret = True

    @extend_schema(
        summary="Connections",
        parameters=[OpenApiParameter("kind", str), OpenApiParameter("on", OpenApiTypes.BOOL)],
        responses=shapes.ConnectionOut(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = Connection.objects.all()
        if kind := self.text("kind"):
            rows = rows.filter(kind=kind)
        if (on := self.switch("on")) is not None:
            rows = rows.filter(is_on=on)
        return self.page(rows, shapes.ConnectionOut, ordering="pk")

    @extend_schema(
        summary="Connect something; secrets are shown this once",
        request=shapes.ConnectionIn,
        responses={201: shapes.ConnectionMade},
    )
    def post(self, request: Request) -> Response:
        given = self.read(shapes.ConnectionIn)
        return self.post_once(request, lambda: self._make(given))

    def _make(self, given: dict[str, Any]) -> Response:
        kind, values = given["kind"], {k: v for k, v in given["settings"].items() if v is not None}
        found = entry(kind)
        if found is None:
            known = ", ".join(each.kind for each in catalogue() if each.can_be_added)
            raise Invalid(f"There is no integration “{kind}” here.", field="kind", hint=f"There are: {known}.")
        if not found.can_be_added:
            raise Invalid(f"{found.name} sets itself up when it is used.", field="kind")
        check_names(found, values)
        try:
            made = make_connection(kind=kind, name=given["name"].strip(), values=values, by=self.by)
        except Invalid as error:
            inside = error.field not in ("", "kind", "name", "settings")
            raise Invalid(error.message, field=f"settings.{error.field}" if inside else error.field, hint=error.hint)
        row: Any = made.connection
        row.made_url = made.hook_url
        row.refresh_from_db(fields=["settings"])
        key = made.hook_url.rsplit("/", 1)[-1]
        body = {**shapes.ConnectionOut(row).data, "secrets": {"key": key} if key else {}}
        return Response(body, status=201, headers={"Location": f"/api/v1/connections/{row.pk}"})


class OneConnection(AdminEndpoint):
    """One connection."""

    @extend_schema(summary="One connection", responses=shapes.ConnectionOut)
    def get(self, request: Request, pk: int) -> Response:
        return Response(shapes.ConnectionOut(get_object_or_404(Connection, pk=pk)).data)

    @extend_schema(
        summary="Change name, settings, secrets; on or off",
        request=shapes.ConnectionChangeIn,
        responses=shapes.ConnectionOut,
    )
    def patch(self, request: Request, pk: int) -> Response:
        given = self.read(shapes.ConnectionChangeIn, partial=True)
        change_connection(connection=get_object_or_404(Connection, pk=pk), values=given, by=self.by)
        return self.get(request, pk)

    @extend_schema(summary="Switch it off; nothing is deleted", responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        row = get_object_or_404(Connection, pk=pk)
        if row.from_environment:
            raise Conflict("The environment gives this connection; take its variables away.")
        switch_connection(connection=row, on=False, by=self.by)
        return Response(status=204)


class TestConnection(AdminEndpoint):
    @extend_schema(summary="Ask the other side whether it works", request=None, responses=shapes.Tested)
    def post(self, request: Request, pk: int) -> Response:
        self.read(Empty)
        row = get_object_or_404(Connection, pk=pk)

        def ask() -> Response:
            ok, text = test_connection(row)
            return Response({"ok": ok, "text": text})

        return self.post_once_outside(request, ask)


def _events(user: User, connection: int) -> "QuerySet[Any]":
    """What came in, each row saying whether it belongs to an incident that the person may not see."""
    hidden = Q(incident_number__in=hidden_numbers(user))
    unknown = Q(is_private=True, incident_number__isnull=True)
    return Received.objects.filter(connection_id=connection).annotate(
        is_hidden=Case(When(hidden | unknown, then=Value(True)), default=Value(False))
    )


class Events(AdminEndpoint):
    """What came in, newest first."""

    @extend_schema(
        summary="What came in, and what became of it",
        parameters=[OpenApiParameter("outcome", str, enum=shapes.OUTCOMES)],
        responses=shapes.EventOut(many=True),
    )
    def get(self, request: Request, pk: int) -> Response:
        row = get_object_or_404(Connection, pk=pk)
        rows = _events(self.user, row.pk).defer("sealed_body")
        if outcome := self.word("outcome", shapes.OUTCOMES):
            rows = rows.filter(outcome="" if outcome == "new" else outcome)
        return self.page(rows, shapes.EventOut)


class OneEvent(AdminEndpoint):
    @extend_schema(summary="One request as it came, with its body", responses=shapes.EventDetail)
    def get(self, request: Request, pk: int, event: int) -> Response:
        return Response(shapes.EventDetail(get_object_or_404(_events(self.user, pk), pk=event)).data)
