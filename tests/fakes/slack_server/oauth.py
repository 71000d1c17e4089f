"""The fake's OAuth: an app with a client id and secret, and codes that are good once for ten minutes.

docs.slack.dev/reference/methods/oauth.v2.access: the client id and secret travel as Basic credentials.
"""

import base64
from dataclasses import dataclass
from typing import Any

from tests.fakes.slack_server.params import Params
from tests.fakes.slack_server.world import Refusal, World

METHOD = "oauth.v2.access"
CLIENT_ID, CLIENT_SECRET = "1234.5678", "a-client-secret-of-tests"
_SECONDS = 600


@dataclass
class Code:
    """What somebody's Allow gave: for which way back, until when, and what the exchange answers."""

    redirect_uri: str
    until: float
    answer: dict[str, Any]
    is_used: bool = False


def agree(world: World, token: str, redirect_uri: str, **changes: Any) -> str:
    """Somebody chose Allow: return the code. `changes` replace parts of what the exchange answers."""
    code = world.new_id("code-")
    answer = {
        "access_token": token,
        "token_type": "bot",
        "scope": ",".join(sorted(world.scopes)),
        "bot_user_id": world.bot.id,
        "app_id": world.app_id,
        "team": {"id": world.team_id, "name": "Example"},
        "enterprise": None,
        "is_enterprise_install": False,
        "authed_user": {"id": "U0INSTALLER"},
        **changes,
    }
    world.codes[code] = Code(redirect_uri, world.now() + _SECONDS, answer)
    return code


def access(world: World, params: Params, credentials: str) -> dict[str, Any]:
    """Exchange a code; the credentials stand in the header."""
    given = base64.b64decode(credentials.removeprefix("Basic ")).decode()
    client_id, _, secret = given.partition(":")
    if client_id != CLIENT_ID:
        raise Refusal("invalid_client_id")
    if secret != CLIENT_SECRET:
        raise Refusal("bad_client_secret")
    code = world.codes.get(params.text("code"))
    if code is None or code.is_used or world.now() > code.until:
        raise Refusal("invalid_code")
    if params.text("redirect_uri") != code.redirect_uri:
        raise Refusal("bad_redirect_uri")
    code.is_used = True
    world.tokens[str(code.answer["access_token"])] = "ok"
    return code.answer
