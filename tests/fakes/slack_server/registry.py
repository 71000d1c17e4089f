"""The table of methods: name, function, and the scopes of which the token needs one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from integrations.slack.scopes import NAMES
from tests.fakes.slack_server.params import Params
from tests.fakes.slack_server.world import World

Answer = dict[str, Any]
Function = Callable[[World, Params], Answer]

#: what our manifest asks for
ALL_SCOPES = frozenset(NAMES)


@dataclass(frozen=True)
class Method:
    function: Function
    scopes: tuple[str, ...]


METHODS: dict[str, Method] = {}


def method(name: str, *scopes: str) -> Callable[[Function], Function]:
    """Register a method; any one of the scopes is enough (none: no scope needed)."""

    def register(function: Function) -> Function:
        METHODS[name] = Method(function, scopes)
        return function

    return register


def page(rows: list[Answer], params: Params, name: str, default: int, most: int) -> Answer:
    """One page of rows with Slack's cursor; the cursor is the position."""
    limit = params.number("limit", default, most)
    cursor = params.text("cursor")
    start = int(cursor.removeprefix("at:")) if cursor.startswith("at:") else 0
    after = start + limit
    following = f"at:{after}" if after < len(rows) else ""
    return {name: rows[start:after], "response_metadata": {"next_cursor": following}}
