"""The pages for what went wrong."""

import logging
import re
import uuid
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.api.problems import code_of, plain_problem
from common.errors import Refused

log = logging.getLogger(__name__)

_INCIDENT = re.compile(r"/incidents/([0-9]{1,12})(?:/|$)")
_FAILED = "That did not work"


def _page(request: HttpRequest, template: str, status: int, **context: object) -> HttpResponse:
    if request.path.startswith("/api/"):
        return plain_problem(
            status, code_of(status), str(context.get("title", "")), reference=context.get("reference", "")
        )
    return render(request, template, context, status=status)


def _back(request: HttpRequest) -> str:
    """The page of ours that the form was on, if the browser says."""
    referrer = urlsplit(request.headers.get("Referer", ""))
    return referrer.path if referrer.netloc == request.get_host() and referrer.path != request.path else ""


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    title = "There is nothing at this address, or you may not see it."
    return _page(request, "404.html", 404, title=title, may_join=_may_join(request))


def _may_join(request: HttpRequest) -> str:
    """The number of the incident that an administrator asked for: they may join it if it is private.

    Asked of every number, whether there is such an incident or not.
    """
    found = _INCIDENT.match(request.path)
    return found[1] if found and getattr(getattr(request, "user", None), "is_admin", False) else ""


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, "403.html", 403, title=str(exception or "You may not do that."))


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, "403.html", 400, heading=_FAILED, title="The request could not be read.")


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _page(
        request,
        "403.html",
        403,
        heading=_FAILED,
        back=_back(request),
        title="The form was open too long or cookies are off. Load the page again, then send it.",
    )


def refused(request: HttpRequest, error: Refused) -> HttpResponse:
    """An operation refused what a form asked for."""
    title = f"{error.message} {error.hint}".strip()
    return _page(request, "403.html", error.status, heading=_FAILED, back=_back(request), title=title)


def fault(request: HttpRequest) -> HttpResponse:
    """A static page with a reference; the log has the rest."""
    reference = uuid.uuid4().hex[:10]
    log.error("reference %s for %s", reference, request.path)
    # What broke may be what the strips are made of.
    request.without_strips = True  # type: ignore[attr-defined]
    return _page(request, "500.html", 500, reference=reference, title=f"That failed on our side. Reference {reference}")
