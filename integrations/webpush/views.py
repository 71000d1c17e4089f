"""A browser's own requests: our key, its place at its push service, and the program that shows what comes."""

import json
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST, require_safe

from accounts.web.actors import web_actor
from common.errors import Invalid
from integrations.webpush import operations
from integrations.webpush.browsers import browser_name

_WORKER = (Path(__file__).parent / "worker.js").read_bytes()


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker. It stands at the root, because it may show what belongs to any page below it."""
    answer = HttpResponse(_WORKER, content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    return answer


@require_POST
def key(request: HttpRequest) -> HttpResponse:
    """Our public key."""
    web_actor(request)
    return JsonResponse({"key": operations.public_key()})


@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Page me by this browser too."""
    given = _read(request)
    keys = given.get("keys")
    keys = keys if isinstance(keys, dict) else {}
    operations.add_browser(
        endpoint=str(given.get("endpoint", "")),
        public=str(keys.get("p256dh", "")),
        auth=str(keys.get("auth", "")),
        name=browser_name(request.headers.get("User-Agent", "")),
        by=web_actor(request),
    )
    return JsonResponse({}, status=201)


@require_POST
def forget(request: HttpRequest) -> HttpResponse:
    """Not by this browser any more."""
    operations.forget_browser(endpoint=str(_read(request).get("endpoint", "")), by=web_actor(request))
    return HttpResponse(status=204)


def _read(request: HttpRequest) -> dict[str, Any]:
    try:
        given = json.loads(request.body)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise Invalid("Send what the browser gave, as JSON.", field="endpoint")
    return given
