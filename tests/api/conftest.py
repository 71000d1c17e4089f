"""Every answer that a test gets from the API is held against the generated schema."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator
from rest_framework.test import APIClient

_PREFIX = "/api/v1/"


class Described:
    """The schema, ready for asking whether an answer is the described one."""

    def __init__(self) -> None:
        self.schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
        self.routes = [
            (re.compile("^" + re.sub(r"\\\{(\w+)\\\}", _anything, re.escape(path)) + "$"), path, methods)
            for path, methods in self.schema["paths"].items()
        ]
        # A fixed word wins over a parameter.
        self.routes.sort(key=lambda route: route[1].count("{"))
        self._validators: dict[tuple[str, str, str], Draft202012Validator | None] = {}

    def find(self, path: str) -> tuple[str, dict[str, Any]] | None:
        """Return the described path that an address belongs to."""
        return next(((name, methods) for pattern, name, methods in self.routes if pattern.match(path)), None)

    def check(self, method: str, path: str, response: Any) -> None:
        """Fail when the answer is not described: its status, its type or its shape."""
        found = self.find(path)
        if found is None:
            assert response.status_code == 404, f"{path} is not in the schema"
            return
        name, methods = found
        if method.lower() not in methods:
            return
        status = str(response.status_code)
        if status == "500":
            return
        answers = methods[method.lower()]["responses"]
        assert status in answers or status in ("400", "404", "415"), f"{method} {name} answers {status} undescribed"
        kinds = answers.get(status, {}).get("content", {})
        kind = response.headers.get("Content-Type", "").split(";")[0]
        if kind not in kinds or "json" not in kind:
            assert not kinds or status in ("400", "404", "415") or any("json" not in known for known in kinds), (
                f"{method} {name} {status} answers {kind}"
            )
            return
        validator = self._validator(name, method.lower(), status, kinds[kind]["schema"])
        errors = list(validator.iter_errors(response.json()))
        assert not errors, f"{method} {name} {status}: {errors[0].json_path}: {errors[0].message}"

    def _validator(self, name: str, method: str, status: str, schema: dict[str, Any]) -> Draft202012Validator:
        key = (name, method, status)
        if key not in self._validators:
            whole = {**_nullable(schema), "components": _nullable(self.schema["components"])}
            self._validators[key] = Draft202012Validator(whole)
        made = self._validators[key]
        assert made is not None
        return made


def _anything(parameter: re.Match[str]) -> str:
    """What may stand for a parameter: a tag may hold slashes, most are numbers."""
    if parameter[1] in ("id", "number", "sequence", "item", "event"):
        return "[0-9]+"
    return ".+" if parameter[1] == "tag" else "[^/]+"


def _nullable(schema: Any) -> Any:
    """OpenAPI 3.0's `nullable` in the words of JSON Schema."""
    if isinstance(schema, list):
        return [_nullable(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _nullable(value) for key, value in schema.items()}
    if made.pop("nullable", False):
        return {"anyOf": [made, {"type": "null"}]}
    return made


@pytest.fixture(scope="session")
def described() -> Described:
    return Described()


@pytest.fixture(autouse=True)
def _answers_fit_the_schema(described: Described, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = APIClient.generic

    def generic(self: APIClient, method: str, path: str, *args: Any, **kwargs: Any) -> Any:
        response = plain(self, method, path, *args, **kwargs)
        address = urlsplit(path).path
        if address.startswith(_PREFIX) and address not in (f"{_PREFIX}schema", f"{_PREFIX}docs"):
            described.check(method, address, response)
        return response

    monkeypatch.setattr(APIClient, "generic", generic)
