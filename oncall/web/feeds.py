"""The secret address that a person's calendar reads. Whoever has it reads shifts, and nothing else."""

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.views.decorators.http import require_safe

from common.ids import digest
from oncall.feeds import calendar_text, feed_of

_LONGEST = 100


@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar, or nothing at all: an address that is not good says the same as one that never was."""
    found = feed_of(secret) if len(secret) <= _LONGEST else None
    if found is None:
        return HttpResponse("There is no such calendar.\n", status=404, content_type="text/plain; charset=utf-8")
    text = calendar_text(found)
    tag = f'"{digest(text)[:32]}"'
    answer: HttpResponse
    if tag in [each.strip().removeprefix("W/") for each in request.headers.get("If-None-Match", "").split(",")]:
        answer = HttpResponseNotModified()
    else:
        answer = HttpResponse(text, content_type="text/calendar; charset=utf-8")
        answer["Content-Disposition"] = 'inline; filename="on-call.ics"'
    answer["ETag"] = tag
    answer["Cache-Control"] = "private, no-cache"
    answer["Referrer-Policy"] = "no-referrer"
    return answer
