"""Errors as problem documents (RFC 9457): what happened, which field, what to do next."""

import logging
import uuid
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation, ValidationError
from django.http import Http404, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response

from common.errors import Refused

log = logging.getLogger(__name__)

TYPE = "application/problem+json"
_CODES = {
    400: "invalid",
    401: "not-signed-in",
    403: "not-allowed",
    404: "not-found",
    405: "wrong-method",
    413: "too-large",
    415: "wrong-type",
    500: "fault",
}


def body_of(status: int, code: str, title: str, **more: Any) -> dict[str, Any]:
    """The members of a problem document; empty ones are left out."""
    body = {"type": f"/docs/problems#{code}", "code": code, "title": title, "status": status}
    body.update({key: value for key, value in more.items() if value not in ("", None, [], {})})
    return body


def code_of(status: int) -> str:
    """The code for a status that nothing more is known about."""
    return _CODES.get(status, "refused")


def problem(status: int, code: str, title: str, **more: Any) -> Response:
    """Answer a problem document from a view of the API."""
    return Response(body_of(status, code, title, **more), status=status, content_type=TYPE)


def plain_problem(status: int, code: str, title: str, **more: Any) -> JsonResponse:
    """Answer the same from outside the API's views: the middleware, the pages of errors."""
    return JsonResponse(body_of(status, code, title, **more), status=status, content_type=TYPE)


def answer(error: Exception, context: dict[str, Any]) -> Response:
    """Turn any exception of an API view into a problem document."""
    if isinstance(error, Refused):
        return problem(error.status, error.code, error.message, field=error.field, hint=error.hint)
    if isinstance(error, Http404):
        return problem(404, "not-found", "There is nothing at this address, or you may not see it.")
    if isinstance(error, PermissionDenied):
        return problem(403, "not-allowed", str(error) or "You may not do that.")
    if isinstance(error, RequestDataTooBig):
        return problem(413, "too-large", "The body is too large.", field="body")
    if isinstance(error, SuspiciousOperation):
        return problem(400, "invalid", "The request can't be read.", field="body")
    if isinstance(error, ValidationError):
        return problem(400, "invalid", "; ".join(error.messages))
    if isinstance(error, exceptions.ValidationError):
        errors = _fields(error.detail)
        title = f"{errors[0]['field']}: {errors[0]['message']}" if errors else "The input is not valid."
        return problem(400, "invalid", title, errors=errors, field=errors[0]["field"] if errors else "")
    if isinstance(error, exceptions.Throttled):
        response = problem(429, "too-many-requests", "Too many requests.", hint="Wait, then try again.")
        wait = getattr(error, "wait", None)
        if wait is not None:
            response["Retry-After"] = str(int(wait) + 1)
        return response
    if isinstance(error, exceptions.APIException):
        code = code_of(error.status_code)
        hint = "Send application/json." if error.status_code == 415 else ""
        response = problem(error.status_code, code, str(error.detail), hint=hint)
        if getattr(error, "auth_header", None):
            response["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]
        return response
    reference = uuid.uuid4().hex[:10]
    log.exception("reference %s", reference, exc_info=error)
    return problem(
        500,
        "fault",
        "That failed on our side.",
        reference=reference,
        hint="Give an administrator the reference.",
    )


def _fields(detail: Any, path: str = "") -> list[dict[str, str]]:
    if isinstance(detail, dict):
        found: list[dict[str, str]] = []
        for key, inner in detail.items():
            name = "" if key == "non_field_errors" else str(key)
            found += _fields(inner, f"{path}.{name}" if path and name else path or name)
        return found
    if isinstance(detail, list):
        found = []
        for inner in detail:
            found += (
                _fields(inner, path)
                if isinstance(inner, (dict, list))
                else [{"field": path or "body", "message": str(inner)}]
            )
        return found
    return [{"field": path or "body", "message": str(detail)}]
