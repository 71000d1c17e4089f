"""Files of an incident: in by form, out only to who may see the incident."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from common.errors import Invalid
from incidents.files import content_of
from incidents.models import Attachment
from incidents.operations.attachments import keep_file
from incidents.web.views.common import look_up


@require_POST
def upload(request: HttpRequest, number: int) -> HttpResponse:
    """Keep one file; the line that names it follows."""
    _, by = look_up(request, number)
    file = request.FILES.get("file")
    if file is None:
        raise Invalid("Choose a file.", field="file")
    kept = keep_file(
        number=number, name=file.name or "file", content=file.read(), by=by, alt=request.POST.get("alt", "")
    )
    return JsonResponse(
        {"id": kept.pk, "name": kept.name, "is_image": kept.is_image, "url": f"/incidents/{number}/files/{kept.pk}"},
        status=201,
    )


@require_GET
def download(request: HttpRequest, number: int, pk: int) -> HttpResponse:
    """The file's bytes. Pictures are shown, everything else is only ever downloaded."""
    incident, _ = look_up(request, number)
    attachment = get_object_or_404(Attachment, pk=pk, incident=incident)
    if attachment.event is not None and attachment.event.deleted_at is not None:
        raise Invalid("The line with this file was deleted.", code="gone")
    response = HttpResponse(content_of(attachment), content_type=attachment.content_type)
    response["Content-Disposition"] = content_disposition_header(not attachment.is_image, attachment.name) or ""
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
