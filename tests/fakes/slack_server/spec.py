"""Checks each request's parameters against Slack's own published API description, where it is at hand.

WARROOM_API_SPECS names a folder with `slack-web-api-openapi-v2.json` (slackapi/slack-api-specs on GitHub,
web-api/slack_web_openapi_v2.json). Its content dates from 2020, so what came later is listed here, each
from the method's page under docs.slack.dev/reference/methods.
"""

import functools
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: parameters newer than the description, by method
NEWER: dict[str, set[str]] = {
    "chat.postMessage": {"metadata", "markdown_text", "container_id"},
    "chat.update": {"metadata", "markdown_text", "reply_broadcast", "file_ids"},
    "chat.postEphemeral": {"markdown_text"},
    "conversations.create": {"team_id"},
    "conversations.invite": {"force"},
    "conversations.history": {"include_all_metadata"},
    "conversations.replies": {"include_all_metadata"},
    "users.conversations": {"team_id"},
    "users.list": {"team_id"},
    "views.open": {"interactivity_pointer"},
}


@dataclass(frozen=True)
class Described:
    """The parameters a method has, and those it needs."""

    known: frozenset[str]
    required: frozenset[str]


def violations(method: str, params: Mapping[str, Any]) -> list[str]:
    """What is wrong with these parameters; nothing where the description is absent or silent."""
    described = _described().get(method)
    if described is None:
        return []
    unknown = set(params) - described.known - NEWER.get(method, set())
    missing = described.required - set(params)
    return [f"{method}: no parameter {name}" for name in sorted(unknown)] + [
        f"{method}: {name} is missing" for name in sorted(missing)
    ]


def is_at_hand() -> bool:
    """Tell whether the description was found."""
    return bool(_described())


@functools.cache
def _described() -> dict[str, Described]:
    folder = os.environ.get("WARROOM_API_SPECS", "")
    path = Path(folder) / "slack-web-api-openapi-v2.json"
    if not folder or not path.is_file():
        return {}
    paths = json.loads(path.read_text(encoding="utf-8"))["paths"]
    found = {}
    for name, verbs in paths.items():
        operation = next(iter(verbs.values()))
        # The token travels in the Authorization header.
        parameters = [p for p in operation.get("parameters", []) if p["name"] != "token"]
        found[name.lstrip("/")] = Described(
            frozenset(p["name"] for p in parameters),
            frozenset(p["name"] for p in parameters if p.get("required")),
        )
    return found
