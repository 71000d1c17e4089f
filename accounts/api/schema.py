"""How the API describes itself: tags by resource, problem documents everywhere, the key header on POST."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

_PREFIX = "/api/v1/"

_PROBLEMS = {
    "400": "The input is wrong; `field` names it.",
    "401": "Nobody is signed in.",
    "403": "Not allowed; the title says who may.",
    "404": "It does not exist, or you may not see it.",
    "409": "The state does not allow it, or somebody was faster.",
    "413": "Too large.",
    "422": "The Idempotency-Key was used for another request.",
    "429": "Too many requests; `Retry-After` says when.",
}
_ALWAYS = ("401", "403", "429")

KEY_HEADER = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="At most 200 printable characters. The same key and body give the same answer for 24 hours.",
)


class FieldProblem(serializers.Serializer):
    """What is wrong with one field."""

    field = serializers.CharField()
    message = serializers.CharField()


class Problem(serializers.Serializer):
    """An error (RFC 9457). `code` is stable; docs/reference/problems.md lists them."""

    type = serializers.CharField()
    code = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    field = serializers.CharField(required=False)
    hint = serializers.CharField(required=False)
    errors = FieldProblem(many=True, required=False)  # type: ignore[assignment]
    reference = serializers.CharField(required=False)


class Schema(AutoSchema):
    """The generator used by every endpoint."""

    def get_tags(self) -> list[str]:
        parts = self.path.removeprefix(_PREFIX).split("/")
        return [parts[0]]

    def get_override_parameters(self) -> Any:
        return [KEY_HEADER] if self.method == "POST" else []

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        answers = super()._get_response_bodies(direction)
        reference = self.resolve_serializer(Problem, direction).ref
        for status in self._problems():
            if status not in answers:
                answers[status] = {
                    "description": _PROBLEMS[status],
                    "content": {"application/problem+json": {"schema": reference}},
                }
        return answers

    def _problems(self) -> list[str]:
        found = list(_ALWAYS)
        if "{" in self.path:
            found.append("404")
        if self.method in ("POST", "PATCH", "PUT"):
            found += ["400", "404", "409", "413"]
        elif self.method == "GET":
            found.append("400")
        else:
            found += ["400", "409"]
        if self.method == "POST":
            found.append("422")
        return sorted(set(found))


class _Bearer(OpenApiAuthenticationExtension):
    target_class = "accounts.api.authentication.BearerToken"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> Any:
        return {"type": "http", "scheme": "bearer", "description": "A token made at /me or by create_token."}


class _Session(OpenApiAuthenticationExtension):
    target_class = "accounts.api.authentication.Session"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> Any:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "The signed-in browser; writes carry X-CSRFToken.",
        }
