"""Reading a request's parameters the way Slack does: form or JSON, booleans as 1/0/true/false."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from tests.fakes.slack_server.world import Refusal


def read_params(path: str, content_type: str, body: bytes) -> dict[str, Any]:
    """Parameters from the query and the body; an empty body with a JSON content type is fine.

    slack_sdk 3.47 sends chat.postMessage, chat.update and views.* as JSON and everything else as a form.
    """
    params: dict[str, Any] = {key: values[-1] for key, values in parse_qs(urlsplit(path).query).items()}
    if not body:
        return params
    if content_type.startswith("application/json"):
        value = json.loads(body)
        if not isinstance(value, dict):
            raise Refusal("invalid_json")
        params.update(value)
    else:
        params.update(parse_qsl(body.decode(), keep_blank_values=True))
    return params


class Params:
    """Typed access to the parameters of one request."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def text(self, name: str, default: str = "") -> str:
        value = self.values.get(name, default)
        return value if isinstance(value, str) else json.dumps(value) if value is not None else default

    def flag(self, name: str) -> bool:
        return str(self.values.get(name, "")).lower() in ("1", "true")

    def number(self, name: str, default: int, most: int) -> int:
        try:
            return max(1, min(int(self.values.get(name, default)), most))
        except (TypeError, ValueError):
            raise Refusal("invalid_arguments")

    def structure(self, name: str) -> Any:
        """A value that is JSON in a form and a structure in a JSON body."""
        value = self.values.get(name)
        if isinstance(value, str):
            try:
                return json.loads(value)
            except ValueError:
                raise Refusal("invalid_arguments")
        return value

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) not in (None, "")
