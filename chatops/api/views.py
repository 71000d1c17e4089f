"""The chat bridge, and an incident's rooms."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import audit
from accounts.api.endpoint import Empty, Endpoint
from accounts.api.permissions import ScopeAllows
from accounts.models import Token
from chatops.api import serializers as shapes
from chatops.api.bridge import Said, hear_bridge_command, hear_bridge_line
from chatops.models import Room, RoomStep
from chatops.replies import quiet
from chatops.rereading import fetch_missing, standing_of
from chatops.speakers import Outsider
from common.errors import Conflict, NotFound
from incidents.operations.base import lock_incident
from incidents.permissions import Doing
from incidents.queries import find_incident


class OnlyBridges(ScopeAllows):
    """A token with the scope chat; a browser's session is no bridge."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not super().has_permission(request, view):
            return False
        self.message = "Only a token with the scope chat may hand over what others say."
        return isinstance(request.auth, Token)


class BridgeEndpoint(Endpoint):
    """Called by bots for their people."""

    write_scope = "chat"
    answers_others = True

    def get_permissions(self) -> list[Any]:
        return [OnlyBridges()]

    @property
    def token(self) -> Token:
        """The bridge."""
        assert isinstance(self.request.auth, Token)
        return self.request.auth

    def said(self, form: type[shapes.SaidIn]) -> Said:
        """Read what was handed over.

        :raises ValidationError: naming every field that is wrong.
        """
        given = form(data=self.request.data)
        given.is_valid(raise_exception=True)
        values: dict[str, Any] = given.validated_data
        user, room = values["user"], values.get("room") or {}
        return Said(
            text=values["text"],
            author=Outsider(user["id"], user["name"][:120], (user["email"] or "")[:254], user["is_bot"]),
            message_id=values["message_id"],
            room_id=room.get("id", ""),
            room_name=(room.get("name") or "")[:120],
            thread_id=values.get("thread_id") or "",
            occurred_at=values.get("occurred_at"),
        )


class Commands(BridgeEndpoint):
    """Commands typed in another chat."""

    @extend_schema(
        summary="Run a command; a repeated message_id gives the same answer",
        request=shapes.CommandIn,
        responses=shapes.Answer,
    )
    def post(self, request: Request) -> Response:
        said = self.said(shapes.CommandIn)

        def once() -> Response:
            answer = hear_bridge_command(token=self.token, said=said).as_json()
            answer["text"] = quiet(answer["text"])
            return Response({name: answer[name] for name in ("visibility", "text", "incident")})

        return self.post_once(request, once)


class Lines(BridgeEndpoint):
    """Lines said in another chat."""

    @extend_schema(summary="Mirror a line of a bound room", request=shapes.LineIn, responses={202: shapes.Mirrored})
    def post(self, request: Request) -> Response:
        said = self.said(shapes.LineIn)
        return self.post_once(
            request, lambda: Response({"incident": hear_bridge_line(token=self.token, said=said)}, status=202)
        )


class Rooms(Endpoint):
    """Where an incident is talked about outside."""

    @extend_schema(summary="Rooms with the steps of making them", responses=shapes.RoomOut(many=True))
    def get(self, request: Request, number: int) -> Response:
        incident = find_incident(number, self.by)
        rows = Room.objects.filter(incident=incident).select_related("connection").prefetch_related("steps")
        return self.page(rows, shapes.RoomOut, ordering="pk")


class FetchMissing(Endpoint):
    """Reading a channel again for what was missed there."""

    @extend_schema(summary="How reading the channel again stands", responses=shapes.ReadingOut)
    def get(self, request: Request, pk: int) -> Response:
        room = Room.objects.select_related("connection").filter(pk=pk).first()
        try:
            find_incident(room.incident_id if room else 0, self.by)
        except NotFound:
            room = None
        if room is None:
            raise NotFound("There is no such room, or you may not see it.")
        return self._standing(room)

    @extend_schema(
        summary="Read the channel again and add what is missing",
        request=shapes.FetchIn,
        responses={202: shapes.ReadingOut},
    )
    def post(self, request: Request, pk: int) -> Response:
        since = self.read(shapes.FetchIn).get("since")
        return self.post_once(
            request, lambda: self._standing(fetch_missing(room=pk, by=self.by, since=since), status=202)
        )

    def _standing(self, room: Room, status: int = 200) -> Response:
        never = {"state": "never", "since": None, "found": 0, "trouble": "", "done_at": None}
        reading = standing_of([room]).get(room.pk)
        return Response(shapes.ReadingOut(reading or never).data, status=status)


class RetryStep(Endpoint):
    @extend_schema(summary="Try a step again now", request=None, responses={202: shapes.StepOut})
    def post(self, request: Request, pk: int, name: str) -> Response:
        self.read(Empty)
        return self.post_once(request, lambda: self._retry(pk, name))

    def _retry(self, pk: int, name: str) -> Response:
        missing = NotFound("There is no such step, or you may not see it.")
        number = Room.objects.filter(pk=pk).values_list("incident_id", flat=True).first()
        if number is None:
            raise missing
        try:
            lock_incident(number, self.by, Doing.RUN)
        except NotFound:
            raise missing
        step = RoomStep.objects.filter(room_id=pk, name=name).first()
        if step is None:
            raise missing
        if step.state == RoomStep.DONE:
            raise Conflict("This step is done; there is nothing to try again.")
        step.revive()
        audit.record(self.by, "room.step.retried", "incident", number, after={"room": pk, "step": name})
        return Response(shapes.StepOut(step).data, status=202)
