"""Lines and the timeline."""

from typing import Any

from django.db.models import Q
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from common.errors import Conflict, Invalid
from common.operations import operation
from incidents.api import talk_shapes as shapes
from incidents.api.base import IncidentEndpoint, item_json
from incidents.api.pages import TimelineCursor
from incidents.models import TimelineEvent
from incidents.operations import corrections, talk
from incidents.queries import log_after, readable_events, story, versions_of
from incidents.timeline.frames import event_json, log_json

_ITEM = shapes.TimelineItem
_LOG_PAGE, _MOST_LOG = 200, 500


def _made(event: TimelineEvent) -> Response:
    address = f"/api/v1/incidents/{event.incident_id}/timeline/{event.sequence}"
    return Response(item_json(event), status=201, headers={"Location": address})


class Messages(IncidentEndpoint):
    """What is said in the room."""

    @extend_schema(summary="Say a line in the room", request=shapes.MessageIn, responses={201: _ITEM})
    def post(self, request: Request, number: int) -> Response:
        given = self.read(shapes.MessageIn)
        return self.post_once(request, lambda: self._say(number, given))

    def _say(self, number: int, given: dict[str, Any]) -> Response:
        # Asked first: an outside id must not find a line in a room that the caller may not see.
        self.incident(number)
        by = self.by
        if given.get("outside_id"):
            given["outside_id"] = f"api:{by.user.pk if by.user else 0}:{given['outside_id']}"
        event = talk.say(number=number, by=by, **given)
        if event.incident_id != number:
            raise Conflict("You used this outside_id in another incident.", field="outside_id")
        return _made(event)


class OneMessage(IncidentEndpoint):
    """One line."""

    @extend_schema(summary="Edit one's own line; the former text is kept", request=shapes.EditIn, responses=_ITEM)
    def patch(self, request: Request, number: int, sequence: int) -> Response:
        given = self.read(shapes.EditIn)
        talk.edit_line(number=number, sequence=sequence, text=given["text"], by=self.by)
        return self.item(number, sequence)

    @extend_schema(summary="Take a line back; a tombstone stays", responses={204: None})
    def delete(self, request: Request, number: int, sequence: int) -> Response:
        talk.delete_line(number=number, sequence=sequence, by=self.by)
        return Response(status=204)


class Reactions(IncidentEndpoint):
    """Reactions to a line."""

    @extend_schema(summary="Add or take away one's reaction", request=shapes.ReactionIn, responses=_ITEM)
    def post(self, request: Request, number: int, sequence: int) -> Response:
        given = self.read(shapes.ReactionIn)

        def once() -> Response:
            talk.react(number=number, sequence=sequence, by=self.by, **given)
            return self.item(number, sequence)

        return self.post_once(request, once)


class Pin(IncidentEndpoint):
    """Whether a line belongs to the story."""

    @extend_schema(summary="Put a line into the story, or take it out", request=shapes.OnIn, responses=_ITEM)
    def post(self, request: Request, number: int, sequence: int) -> Response:
        given = self.read(shapes.OnIn)

        def once() -> Response:
            talk.pin(number=number, sequence=sequence, by=self.by, **given)
            return self.item(number, sequence)

        return self.post_once(request, once)


_FILTERS = [
    OpenApiParameter("view", str, enum=["folded", "log"], description="folded (default) or every event"),
    OpenApiParameter("after", int, description="log: events after this sequence number"),
    OpenApiParameter("kind", str, description="one kind, or several separated by commas"),
    OpenApiParameter("pinned", OpenApiTypes.BOOL),
    OpenApiParameter("story", OpenApiTypes.BOOL, description="what makes the story"),
    OpenApiParameter("q", str, description="words in the text"),
    OpenApiParameter("cursor", str),
    OpenApiParameter("page_size", int),
]


class Timeline(IncidentEndpoint):
    """What happened, in the order in which it happened; or the log as it was written."""

    @extend_schema(
        summary="The timeline",
        operation_id="timeline_list",
        parameters=_FILTERS,
        responses=shapes.TimelinePage,
    )
    def get(self, request: Request, number: int) -> Response:
        if self.word("view", ["folded", "log"]) == "log":
            return self._log(number)
        incident = self.incident(number)
        rows = story(incident) if self.switch("story") else readable_events(incident)
        if kinds := self.text("kind"):
            rows = rows.filter(kind__in=kinds.split(","))
        if (pinned := self.switch("pinned")) is not None:
            rows = rows.filter(pinned_at__isnull=not pinned)
        if words := self.text("q"):
            rows = rows.filter(Q(shown_text__icontains=words), deleted_at__isnull=True)
        pages = TimelineCursor()
        found = pages.paginate_queryset(rows, request, view=self)
        versions = versions_of(found)
        return pages.get_paginated_response([event_json(event, versions.get(event.pk)) for event in found])

    def _log(self, number: int) -> Response:
        incident = self.incident(number)
        after = self.number("after", default=0) or 0
        size = min(self.number("page_size", default=_LOG_PAGE) or _LOG_PAGE, _MOST_LOG)
        events = log_after(number, after, size)
        last = events[-1].sequence if events else after
        more = len(events) == size and last < incident.last_sequence
        here = self.request.build_absolute_uri()
        return Response(
            {
                "next": replace_query_param(here, "after", last) if more else None,
                "previous": None,
                "results": [log_json(event) for event in events],
                "next_after": last,
                "last_sequence": incident.last_sequence,
            }
        )

    @extend_schema(summary="Write something into the story by hand", request=shapes.NoteIn, responses={201: _ITEM})
    def post(self, request: Request, number: int) -> Response:
        given = self.read(shapes.NoteIn)

        def once() -> Response:
            at = given.get("occurred_at")
            return _made(talk.add_note(number=number, text=given["text"], at=at, by=self.by))

        return self.post_once(request, once)


class OneItem(IncidentEndpoint):
    """One item of the timeline."""

    @extend_schema(summary="One item of the timeline", responses=_ITEM)
    def get(self, request: Request, number: int, sequence: int) -> Response:
        return self.item(number, sequence)

    @extend_schema(
        summary="Say when it really happened; leave it out of the postmortem",
        request=shapes.CorrectIn,
        responses=_ITEM,
    )
    def patch(self, request: Request, number: int, sequence: int) -> Response:
        given = self.read(shapes.CorrectIn, partial=True)
        if not given:
            raise Invalid("Give occurred_at or hidden.", field="body")
        self._correct(number, sequence, given)
        return self.item(number, sequence)

    @operation
    def _correct(self, number: int, sequence: int, given: dict[str, Any]) -> None:
        if "occurred_at" in given:
            corrections.correct_time(number=number, sequence=sequence, at=given["occurred_at"], by=self.by)
        if "hidden" in given:
            corrections.hide(number=number, sequence=sequence, on=given["hidden"], by=self.by)
