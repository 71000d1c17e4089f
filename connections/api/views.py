"""Connections and what came in through them; for administrators."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoint import Empty, Endpoint
from common.errors import Invalid
from connections.api import serializers as shapes
from connections.catalogue import catalogue, entry
from connections.changes import change_connection, check_names, end_former, new_key, remove_connection
from connections.models import Connection
from connections.operations import make_connection, test_connection
from connections.queries import events_of

_REMOVED = OpenApiParameter("removed", OpenApiTypes.BOOL, description="with those that were removed")


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
        parameters=[OpenApiParameter("kind", str), OpenApiParameter("on", OpenApiTypes.BOOL), _REMOVED],
        responses=shapes.ConnectionOut(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = Connection.objects.all() if self.switch("removed") else Connection.objects.present()
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
        keep = given.pop("keep_former", [])
        change_connection(connection=get_object_or_404(Connection, pk=pk), values=given, keep_former=keep, by=self.by)
        return self.get(request, pk)

    @extend_schema(summary="Remove it: its secrets and addresses go, what came in stays", responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        remove_connection(connection=get_object_or_404(Connection, pk=pk), by=self.by)
        return Response(status=204)


class NewKey(AdminEndpoint):
    """A new key at the end of the address."""

    answers_secret = True

    @extend_schema(
        summary="Make a new address, shown this once; the former one is good until it is ended",
        request=None,
        responses={201: shapes.ConnectionMade},
    )
    def post(self, request: Request, pk: int) -> Response:
        self.read(Empty)
        return self.post_once(request, lambda: self._make(pk))

    def _make(self, pk: int) -> Response:
        url = new_key(connection=get_object_or_404(Connection, pk=pk), by=self.by)
        row: Any = get_object_or_404(Connection, pk=pk)
        row.made_url = url
        body = {**shapes.ConnectionOut(row).data, "secrets": {"key": url.rsplit("/", 1)[-1]}}
        return Response(body, status=201)


class EndFormer(AdminEndpoint):
    """The end of a rotation."""

    @extend_schema(
        summary="The former value of a secret, or the former key, is no longer good",
        request=shapes.EndFormerIn,
        responses=shapes.ConnectionOut,
    )
    def post(self, request: Request, pk: int) -> Response:
        given = self.read(shapes.EndFormerIn)
        return self.post_once(request, lambda: self._end(pk, given["secret"]))

    def _end(self, pk: int, name: str) -> Response:
        end_former(connection=get_object_or_404(Connection, pk=pk), name=name, by=self.by)
        return Response(shapes.ConnectionOut(get_object_or_404(Connection, pk=pk)).data)


class TestConnection(AdminEndpoint):
    @extend_schema(summary="Ask the other side whether it works", request=None, responses=shapes.Tested)
    def post(self, request: Request, pk: int) -> Response:
        self.read(Empty)
        row = get_object_or_404(Connection.objects.present(), pk=pk)

        def ask() -> Response:
            ok, text = test_connection(row)
            return Response({"ok": ok, "text": text})

        return self.post_once_outside(request, ask)


class Events(AdminEndpoint):
    """What came in, newest first."""

    @extend_schema(
        summary="What came in, and what became of it",
        parameters=[OpenApiParameter("outcome", str, enum=shapes.OUTCOMES)],
        responses=shapes.EventOut(many=True),
    )
    def get(self, request: Request, pk: int) -> Response:
        row = get_object_or_404(Connection, pk=pk)
        rows = events_of(self.user, row.pk).defer("sealed_body")
        if outcome := self.word("outcome", shapes.OUTCOMES):
            rows = rows.filter(outcome="" if outcome == "new" else outcome)
        return self.page(rows, shapes.EventOut)


class OneEvent(AdminEndpoint):
    @extend_schema(summary="One request as it came, with its body", responses=shapes.EventDetail)
    def get(self, request: Request, pk: int, event: int) -> Response:
        return Response(shapes.EventDetail(get_object_or_404(events_of(self.user, pk), pk=event)).data)
