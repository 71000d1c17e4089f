"""The one place that speaks with Slack's Web API, and the one that says what its errors mean for us.

slack_sdk 3.47 wraps refusals and 429 in SlackApiError and lets the network's own errors through. Its
retry handlers stay off: they send chat.postMessage a second time when an answer is lost.
"""

import functools
import http.client
import logging
import socket
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit

from django.conf import settings
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.webhook import WebhookClient

from common.errors import PartnerTrouble
from connections.breaker import Breaker
from connections.models import Connection
from integrations.slack.limits import Limits, limited_for

#: seconds an answer may take; a lane's lease is three times as long
TIMEOUT = 10
_DEFAULT_PAUSE = 30.0
#: hosts that response_urls point at: Slack and GovSlack
_RESPONSE_HOSTS = {"hooks.slack.com", "hooks.slack-gov.com"}

#: refusals that ask for patience
_LIMITED = {"ratelimited", "rate_limited", "message_limit_exceeded"}
#: Slack's own trouble; its pages say of these that part of the work may have been done
_SLACKS_TROUBLE = {"fatal_error", "internal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
_WORDS = {
    "account_inactive": "the app's bot was switched off; install the app again",
    "channel_not_found": "the channel does not exist, or the app may not see it",
    "invalid_auth": "the bot token is not valid; enter the one from “OAuth & Permissions”",
    "is_archived": "the channel is archived",
    "is_inactive": "the channel is archived or frozen",
    "msg_too_long": "the text is too long",
    "name_taken": "the name is taken",
    "not_authed": "there is no bot token",
    "not_in_channel": "the app is not in the channel; invite it with /invite",
    "restricted_action": "an administrator of the workspace does not allow this",
    "token_expired": "the bot token has expired; install the app again",
    "token_revoked": "the bot token was revoked; install the app again",
}

#: the channel is deleted, archived or closed to our app
_PLACE_GONE = {"channel_not_found", "is_archived", "is_inactive", "not_in_channel"}
#: trying again helps once an administrator has installed the app anew
_NEEDS_HANDS = {"account_inactive", "invalid_auth", "not_authed", "token_expired", "token_revoked"}
_HANDS_PAUSE = 60.0

log = logging.getLogger(__name__)
_quiet = logging.getLogger("integrations.slack.sdk")
_quiet.setLevel(logging.CRITICAL)


class SlackClient:
    """Calls methods by name; every failure comes out as PartnerTrouble with Slack's code.

    `name` tells workspaces apart: a Retry-After holds for the method (for posts: the channel) in one of
    them, and is obeyed by everybody who shares the cache.
    """

    def __init__(self, token: str, base_url: str, timeout: float = TIMEOUT, name: str = "") -> None:
        self._base = base_url
        self._name = name or base_url
        self._timeout = timeout
        self._limits, self._breaker = Limits(self._name), Breaker(self._name, "Slack")
        self._web = WebClient(
            token=token,
            base_url=base_url,
            timeout=timeout,  # type: ignore[arg-type]  # urllib takes fractions
            retry_handlers=[],
            logger=_quiet,
            ssl=_tls(),
        )
        #: the scopes of the token, as the last answer told them (None: not told yet)
        self.scopes: frozenset[str] | None = None

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Call a method such as `chat.postMessage` and return its answer.

        :raises PartnerTrouble: refused, limited, or no usable answer.
        """
        with self._limits.turn(method, params), self._breaker.guard():
            return self._ask(method, params)

    def _ask(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        try:
            response = getattr(self._web, method.replace(".", "_"))(**params)
        except SlackApiError as error:
            self._note_scopes(error.response.headers)
            raise _refused(method, error) from error
        except (OSError, http.client.HTTPException, SlackClientError, ValueError) as error:
            raise trouble_of(error) from error
        self._note_scopes(response.headers)
        answer: dict[str, Any] = response.data
        return answer

    def respond(self, address: str, body: Mapping[str, Any]) -> None:
        """Post an answer to a response_url.

        :raises PartnerTrouble: refused, limited, no answer, or an address that is not Slack's.
        """
        if not self._is_slacks(address):
            raise PartnerTrouble("The address for the answer is not Slack's.", permanent=True, code="bad_address")
        with self._breaker.guard():
            self._respond(address, body)

    def _respond(self, address: str, body: Mapping[str, Any]) -> None:
        webhook = WebhookClient(address, timeout=self._timeout, retry_handlers=[], logger=_quiet)  # type: ignore[arg-type]
        try:
            response = webhook.send_dict(dict(body))
        except (OSError, http.client.HTTPException, SlackClientError, ValueError) as error:
            raise trouble_of(error) from error
        if response.status_code == 200:
            return
        if response.status_code == 429:
            raise _limited(response.headers)
        if response.status_code >= 500:
            raise PartnerTrouble(f"Slack answers {response.status_code}.", unclear=True, code=str(response.status_code))
        text = str(response.body)[:200]
        raise PartnerTrouble(f"Slack does not take the answer any more: {text}", permanent=True, code=text[:60])

    def _note_scopes(self, headers: Mapping[str, Any]) -> None:
        """Slack names the token's scopes in a header of each answer."""
        for name, value in (headers or {}).items():
            if name.lower() == "x-oauth-scopes":
                self.scopes = frozenset(scope.strip() for scope in str(value).split(",") if scope.strip())

    def _is_slacks(self, address: str) -> bool:
        try:
            parts, own = urlsplit(address), urlsplit(self._base)
            same = (parts.scheme, parts.hostname, parts.port) == (own.scheme, own.hostname, own.port)
        except ValueError:
            return False
        return same or (parts.scheme == "https" and parts.hostname in _RESPONSE_HOSTS and parts.port in (None, 443))


def check_not_paused(connection: Connection) -> None:
    """:raises PartnerTrouble: somebody said that Slack is down; nothing is tried until they say otherwise."""
    if connection.paused_at is not None:
        raise PartnerTrouble("Slack is paused: somebody said that it is down.", retry_after=60.0, code="paused")


@functools.cache
def _tls() -> ssl.SSLContext:
    """Made once: reading the authorities' certificates costs more than a call."""
    return ssl.create_default_context()


def client_for(connection: Connection, *, even_paused: bool = False) -> SlackClient:
    """Return the client of a connection.

    :raises PartnerTrouble: it has no bot token, or somebody said that Slack is down; `even_paused` asks it then.
    """
    if not even_paused:
        check_not_paused(connection)
    token = str(connection.secrets.get("bot_token", "")).strip()
    if not token:
        raise PartnerTrouble("Slack has no bot token yet.", permanent=True, code="not_authed")
    return SlackClient(token, settings.SLACK_API_URL, TIMEOUT, name=f"connection:{connection.pk}")


def trouble_of(error: Exception) -> PartnerTrouble:
    """Say what a failure of the network means: was it sent, so that it may have been done?"""
    reason: object = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, ConnectionRefusedError | socket.gaierror | ssl.SSLCertVerificationError):
        return PartnerTrouble(f"Slack can't be reached: {reason}", code="unreachable")
    if isinstance(reason, TimeoutError):
        return PartnerTrouble("Slack does not answer.", unclear=True, code="timeout")
    if isinstance(error, SlackClientError):
        return PartnerTrouble(f"Slack's library refuses the call: {error}", permanent=True, code="bad_call")
    return PartnerTrouble(f"The connection to Slack broke: {reason!r}", unclear=True, code="broken")


def _refused(method: str, error: SlackApiError) -> PartnerTrouble:
    response = error.response
    data = response.data if isinstance(response.data, dict) else {}
    code = str(data.get("error", ""))
    status = response.status_code
    if status == 429 or code in _LIMITED:
        return _limited(response.headers)
    if status >= 500:
        return PartnerTrouble(f"Slack answers {status}.", unclear=True, code=f"http_{status}")
    if code in _SLACKS_TROUBLE:
        return PartnerTrouble(f"Slack has trouble of its own: {code}.", unclear=True, code=code)
    if not code or " " in code:
        # No JSON: something between us and Slack answered.
        return PartnerTrouble(f"Not Slack's answer ({status}) to {method}.", unclear=True, code=f"http_{status}")
    return SlackRefused(method, code, data)


class SlackRefused(PartnerTrouble):
    """Slack said `ok: false`: trying the same again at once can't help. `data` is its whole answer."""

    def __init__(self, method: str, code: str, data: Mapping[str, Any]) -> None:
        if code == "missing_scope":
            words = f"the permission {data.get('needed', '?')} is missing; add it to the app and install it again"
        else:
            words = _WORDS.get(code, f"{method} → {code}")
        if code in _NEEDS_HANDS:
            # Somebody has to install the app again; what waits goes then, nothing is given up.
            super().__init__(f"Slack refuses: {words}.", retry_after=_HANDS_PAUSE, needs_hands=True, code=code)
        else:
            super().__init__(f"Slack refuses: {words}.", permanent=True, place_gone=code in _PLACE_GONE, code=code)
        self.data = data


def _limited(headers: Mapping[str, Any]) -> PartnerTrouble:
    pause = _DEFAULT_PAUSE
    for name, value in (headers or {}).items():
        if name.lower() == "retry-after":
            try:
                pause = max(1.0, float(value))
            except (TypeError, ValueError):
                log.warning("Slack's Retry-After is no number: %.40r", value)
    return limited_for(pause)
