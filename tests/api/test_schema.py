"""The API describes itself completely, and what it says is true (see conftest: every answer is checked)."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from accounts.models import User
from tests.api.conftest import Described
from tests.api.matrix.rows import ROWS
from tests.cast import Api

_METHODS = ("get", "post", "put", "patch", "delete")


def operations(schema: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, methods[method])
        for path, methods in schema["paths"].items()
        for method in _METHODS
        if method in methods
    ]


def test_it_is_made_without_a_warning() -> None:
    GENERATOR_STATS.reset()

    with GENERATOR_STATS.silence():
        schema = SchemaGenerator().get_schema(request=None, public=True)

    assert not GENERATOR_STATS._warn_cache
    assert not GENERATOR_STATS._error_cache
    validate_schema(schema)


def test_every_operation_is_told_in_words(described: Described) -> None:
    found = operations(described.schema)
    names = [operation["operationId"] for _, _, operation in found]

    assert len(names) == len(set(names)) > 90
    for path, method, operation in found:
        assert operation.get("summary"), f"{method} {path} has no summary"
        assert operation["tags"] == [path.removeprefix("/api/v1/").split("/")[0]]
        assert {"401", "403", "429"} <= operation["responses"].keys(), f"{method} {path}"


def test_every_post_takes_an_idempotency_key(described: Described) -> None:
    for path, method, operation in operations(described.schema):
        names = [parameter["name"] for parameter in operation.get("parameters", [])]
        assert ("Idempotency-Key" in names) == (method == "post"), path


def test_every_operation_has_a_row_in_the_matrix(described: Described) -> None:
    rows = {(row.method, found[0]) for row in ROWS if (found := described.find(_address(row.url)))}

    assert [(method, path) for path, method, _ in operations(described.schema) if (method, path) not in rows] == []


def _address(url: str) -> str:
    return re.sub(r"{\w+}", "1", url).split("?")[0]


def test_lists_are_cursor_pages(described: Described) -> None:
    for path, method, operation in operations(described.schema):
        body = operation["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("schema", {})
        if method == "get" and "array" in str(body.get("type")):
            assert path == "/api/v1/connection-kinds"
        if "Paginated" in str(body):
            page = described.schema["components"]["schemas"][body["$ref"].rsplit("/", 1)[-1]]
            assert {"next", "previous", "results"} <= page["properties"].keys()
            assert "count" not in page["properties"]


@pytest.mark.django_db
def test_it_is_read_by_who_is_signed_in(api: Api, dan: User) -> None:
    assert api().get("/api/v1/schema").status_code == 401
    answer = api(dan, "read").get("/api/v1/schema")

    assert answer.status_code == 200
    assert b"/api/v1/incidents/{number}/messages" in answer.content


def test_every_code_of_a_problem_is_documented() -> None:
    root = Path(settings.ROOT)
    text = (root / "docs/reference/problems.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `([a-z-]+)` \|", text, re.MULTILINE))
    used = set()
    for package in ("common", "accounts", "connections", "oncall", "alerts", "incidents", "actions", "chatops"):
        for file in (root / package).rglob("*.py"):
            if "web" in file.relative_to(root).parts:
                continue
            source = file.read_text(encoding="utf-8")
            used |= set(re.findall(r'\bproblem\(\s*\d{3},\s*"([a-z-]+)"', source))
            if "Refused" in source or "common.errors" in source or file.name == "problems.py":
                used |= set(re.findall(r'\bcode(?:: str)? ?= ?"([a-z-]+)"', source))
                used |= set(re.findall(r'^\s+\d{3}: "([a-z-]+)",$', source, re.MULTILINE))

    # Pages have a few of their own, explained on the same page.
    assert used <= documented
