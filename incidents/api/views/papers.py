"""The postmortem, exports, files."""

import io
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoint import Empty
from common.errors import NotFound
from incidents.api import talk_shapes, work_shapes
from incidents.api.base import IncidentEndpoint
from incidents.files import content_of
from incidents.models import Attachment, Postmortem
from incidents.operations import postmortems
from incidents.operations.attachments import keep_file

_OUT = work_shapes.PostmortemOut
_SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
_ROOM_FOR_FORM = 64 * 1024


class _Paper(IncidentEndpoint):
    """What the endpoints of one postmortem share."""

    def paper(self, number: int) -> Any:
        """The postmortem's JSON.

        :raises NotFound: there is none yet.
        """
        rows = Postmortem.objects.select_related("incident", "edited_by", "published_by")
        found = rows.filter(incident=self.incident(number)).first()
        if found is None:
            raise NotFound(f"#{number} has no postmortem yet.", hint="It drafts itself at resolve.")
        found.offers = postmortems.offers(found)  # type: ignore[attr-defined]
        return _OUT(found).data

    def once(self, request: Request, number: int, do: Callable[[], object], status: int = 200) -> Response:
        """Do it once and answer the postmortem."""

        def act() -> Response:
            do()
            return Response(self.paper(number), status=status)

        return self.post_once(request, act)


class OnePostmortem(_Paper):
    """What is learned from one incident."""

    @extend_schema(summary="The postmortem", responses=_OUT)
    def get(self, request: Request, number: int) -> Response:
        return Response(self.paper(number))

    @extend_schema(summary="Start the draft by hand", request=None, responses={201: _OUT})
    def post(self, request: Request, number: int) -> Response:
        self.read(Empty)
        return self.once(request, number, lambda: postmortems.start_postmortem(number=number, by=self.by), status=201)

    @extend_schema(
        summary="Write the text; 409 when somebody saved meanwhile", request=work_shapes.PostmortemIn, responses=_OUT
    )
    def patch(self, request: Request, number: int) -> Response:
        given = self.read(work_shapes.PostmortemIn)
        postmortems.edit_postmortem(number=number, by=self.by, **given)
        return self.get(request, number)


class PostmortemState(_Paper):
    @extend_schema(
        summary="To review, published, or back to draft", request=work_shapes.PostmortemStateIn, responses=_OUT
    )
    def post(self, request: Request, number: int) -> Response:
        given = self.read(work_shapes.PostmortemStateIn)
        return self.once(request, number, lambda: postmortems.move_postmortem(number=number, by=self.by, **given))


class PostmortemOffers(_Paper):
    @extend_schema(
        summary="Take what the timeline gained since, or wave it away", request=work_shapes.OffersIn, responses=_OUT
    )
    def post(self, request: Request, number: int) -> Response:
        given = self.read(work_shapes.OffersIn)
        return self.once(request, number, lambda: postmortems.take_offers(number=number, by=self.by, **given))


_BINARY = {(200, "application/octet-stream"): OpenApiTypes.BINARY}


def _file(content: bytes, content_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Content-Security-Policy"] = _SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    return response


class PostmortemExport(IncidentEndpoint):
    @extend_schema(
        summary="The postmortem as a file",
        parameters=[OpenApiParameter("format", str, enum=["md", "html", "json", "docx"], default="md")],
        responses=_BINARY,
    )
    def get(self, request: Request, number: int) -> HttpResponse:
        from incidents.exporting import export_postmortem

        made = export_postmortem(self.incident(number), self.by, self.text("format") or "md")
        return _file(made.content, made.content_type, made.filename)


class TimelineExport(IncidentEndpoint):
    @extend_schema(
        summary="The timeline as a file",
        parameters=[OpenApiParameter("format", str, enum=["md", "csv", "json"], default="md")],
        responses=_BINARY,
    )
    def get(self, request: Request, number: int) -> HttpResponse:
        from incidents.exporting import export_timeline

        made = export_timeline(self.incident(number), self.by, self.text("format") or "md")
        return _file(made.content, made.content_type, made.filename)


class Attachments(IncidentEndpoint):
    """Files of an incident."""

    parser_classes = [MultiPartParser]

    @extend_schema(summary="Files said into the room", responses=talk_shapes.AttachmentOut(many=True))
    def get(self, request: Request, number: int) -> Response:
        rows = Attachment.objects.filter(
            incident=self.incident(number), event__isnull=False, event__deleted_at__isnull=True
        )
        return self.page(rows, talk_shapes.AttachmentOut, ordering="pk")

    @extend_schema(
        summary="Keep a file; a line names it afterwards",
        request={"multipart/form-data": talk_shapes.UploadIn},
        responses={201: talk_shapes.AttachmentOut},
    )
    def post(self, request: Request, number: int) -> Response:
        length = request.headers.get("Content-Length") or ""
        if length.isdecimal() and int(length) > settings.ATTACHMENT_LIMIT + _ROOM_FOR_FORM:
            raise RequestDataTooBig
        given = self.read(talk_shapes.UploadIn)

        def once() -> Response:
            self.incident(number)
            file = given["file"]
            made = keep_file(
                number=number,
                name=file.name or "file",
                content=file.read(settings.ATTACHMENT_LIMIT + 1),
                by=self.by,
                alt=given.get("alt", ""),
            )
            address = f"/api/v1/incidents/{number}/attachments/{made.pk}"
            return Response(talk_shapes.AttachmentOut(made).data, status=201, headers={"Location": address})

        return self.post_once_outside(request, once)


class OneAttachment(IncidentEndpoint):
    @extend_schema(summary="A file's content", responses=_BINARY)
    def get(self, request: Request, number: int, pk: int) -> HttpResponseBase:
        found = Attachment.objects.select_related("event").filter(pk=pk, incident=self.incident(number)).first()
        gone = found is not None and found.event is not None and found.event.deleted_at is not None
        waits = found is not None and found.event is None and found.uploaded_by_id != self.user.pk
        if found is None or gone or waits:
            raise NotFound("There is no such file.", field="attachment")
        kind = found.content_type if found.is_image else "application/octet-stream"
        content = io.BytesIO(content_of(found))
        response = FileResponse(content, as_attachment=True, filename=found.name, content_type=kind)
        response["Content-Security-Policy"] = _SANDBOX
        response["X-Content-Type-Options"] = "nosniff"
        return response
