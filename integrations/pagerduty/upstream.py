"""Asking and telling PagerDuty: the one place that knows pdpyras.

Source: PagerDuty's REST API v2 reference. pdpyras is no longer maintained and says so when imported, so it is
imported only when it is needed, and everything it raises comes out as PartnerTrouble.
"""

import ssl
import warnings
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol
from urllib.parse import urlsplit

from django.conf import settings

from common.errors import PartnerTrouble
from connections.models import Connection
from integrations.pagerduty.reading import Json, parts, words
from oncall.moving.shapes import KNOWN

#: seconds an answer may take; with one more try a call stays below the lease of a pending row
_TIMEOUT = 8
_FIRST_PAUSE = 0.5
_DEFAULT_PAUSE = 30.0
_MOST_NOTE = 25_000
_MOST_ALERTS = 100
_NO_KEY = "There is no API access key: make one under Integrations > API Access Keys in PagerDuty, and enter it here."


class Upstream(Protocol):
    """What Warroom asks of a system that incidents come from. Every method may raise PartnerTrouble."""

    def get_incident(self, id_: str) -> Json: ...

    def list_alerts(self, id_: str) -> list[Json]:
        """The alerts of an incident; their bodies are not part of the webhook."""
        ...

    def add_note(self, id_: str, text: str) -> str:
        """Write a note; returns its id, by which our own note is known when it comes back as a webhook."""
        ...

    def update_incident(self, id_: str, **fields: Any) -> Json:
        """Change status, title, priority ... of an incident; returns it."""
        ...

    def test(self) -> str:
        """Tell in words what works."""
        ...


class PagerDuty:
    """One account, through pdpyras."""

    def __init__(self, api_key: str, *, from_email: str = "", base_url: str = "", timeout: float = _TIMEOUT) -> None:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message='The package "pdpyras" is deprecated')
            from pdpyras import APISession
        self._session = APISession(
            _usable(api_key, "API access key"), default_from=_usable(from_email, "Acts as") or None
        )
        self._session.url = _address(base_url or settings.PAGERDUTY_API_URL)
        # The API itself never redirects; a page to sign in at does, and would look like an answer.
        self._session.max_redirects = 0
        self._session.timeout = timeout
        # By itself it would repeat a 429 without end, sleeping in our thread. Whoever calls us is a pending
        # row, which waits better.
        self._session.retry[429] = 1
        self._session.max_network_attempts = 1
        self._session.sleep_timer = _FIRST_PAUSE

    def get_incident(self, id_: str) -> Json:
        return self._object(lambda: self._session.rget(f"/incidents/{_one(id_)}"), "incident")

    def list_alerts(self, id_: str) -> list[Json]:
        ask = {"limit": _MOST_ALERTS}
        answer = self._object(
            lambda: self._session.jget(f"/incidents/{_one(id_)}/alerts", params=ask), "list of alerts"
        )
        return parts(answer, "alerts")

    def add_note(self, id_: str, text: str) -> str:
        note = self._write(
            lambda: self._session.rpost(f"/incidents/{_one(id_)}/notes", json={"content": text[:_MOST_NOTE]}), "note"
        )
        return words(note, "id")

    def update_incident(self, id_: str, **fields: Any) -> Json:
        value = {"type": "incident_reference", **fields}
        return self._write(lambda: self._session.rput(f"/incidents/{_one(id_)}", json=value), "incident")

    def lists(self, start: int, end: int) -> dict[str, list[Json]]:
        """What the account says of who is on call, with its own shifts for [start, end), seconds since 1970."""
        since, until = (datetime.fromtimestamp(edge, UTC).isoformat() for edge in (start, end))
        found = {name: self._all(name) for name in ("users", "escalation_policies", "services")}
        found["schedules"], found["overrides"] = [], []
        for row in self._all("schedules"):
            path, params = f"/schedules/{_one(words(row, 'id'))}", {"since": since, "until": until}
            whole = self._object(partial(self._session.rget, path, params=params), "schedule")
            found["schedules"].append({**whole, KNOWN: [start, end]})
            answer = self._object(partial(self._session.jget, f"{path}/overrides", params=params), "list of overrides")
            reference = {"id": words(row, "id")}
            found["overrides"] += [{**one, "schedule": reference} for one in parts(answer, "overrides")]
        return found

    def _all(self, name: str) -> list[Json]:
        return parts(self._object(lambda: {name: list(self._session.iter_all(name))}, f"list of {name}"), name)

    def test(self) -> str:
        answer = self._object(
            lambda: self._session.jget("/incidents", params={"limit": 1, "statuses": ["triggered", "acknowledged"]}),
            "list of incidents",
        )
        incidents = parts(answer, "incidents")
        seen = f", at this moment “{words(incidents[0], 'title', 80)}”" if incidents else ""
        return f"PagerDuty answers, and the key may read incidents{seen}."

    def _write(self, call: Callable[[], Any], what: str) -> Json:
        """A write is not repeated by the library: after a lost answer it may have been done."""
        self._session.max_network_attempts = 0
        try:
            return self._object(call, what)
        finally:
            self._session.max_network_attempts = 1

    def _object(self, call: Callable[[], Any], what: str) -> Json:
        from pdpyras import PDClientError, URLError

        try:
            answer = call()
        except PDClientError as error:
            # Without the cause: what the library raises names the end of the key.
            raise trouble_of(error) from None
        except (URLError, ValueError) as error:
            raise PartnerTrouble(
                f"PagerDuty's library refuses the call: {type(error).__name__}", permanent=True, code="bad_call"
            ) from None
        if not isinstance(answer, dict):
            raise PartnerTrouble(f"PagerDuty's answer is no {what}.", unclear=True, code="bad_answer")
        return answer


def upstream_of(connection: Connection) -> PagerDuty:
    """Return the client of a connection.

    :raises PartnerTrouble: it has no API key.
    """
    key = str(connection.secrets.get("api_key", "")).strip()
    if not key:
        raise PartnerTrouble(_NO_KEY, permanent=True, code="no_key")
    return PagerDuty(
        key,
        from_email=str(connection.settings.get("from_email", "")).strip(),
    )


def trouble_of(error: Any) -> PartnerTrouble:
    """Say in our words what pdpyras raised: can trying again help, when, and may it have been done?"""
    response = getattr(error, "response", None)
    if response is None:
        return _unanswered(error)
    status = int(response.status_code)
    code, message = _said(response)
    if status == 429:
        pause = _number(response.headers, "ratelimit-reset") or _number(response.headers, "retry-after")
        return PartnerTrouble("PagerDuty says too many requests.", retry_after=pause or _DEFAULT_PAUSE, code=code)
    if status == 401:
        text = "PagerDuty does not accept the API access key; enter one from Integrations > API Access Keys."
        return PartnerTrouble(text, permanent=True, code=code)
    if status < 400:
        text = f"Not PagerDuty's answer ({status}): something between us and PagerDuty answers in its place."
        return PartnerTrouble(text, unclear=True, code="bad_answer")
    if status == 403:
        text = f"PagerDuty does not let this key do that ({message}); make one with the rights for it."
        return PartnerTrouble(text, permanent=True, code=code)
    if status == 408 or status >= 500:
        return PartnerTrouble(f"PagerDuty has trouble of its own ({status}).", unclear=True, code=code)
    return PartnerTrouble(f"PagerDuty refuses ({status}): {message}", permanent=True, code=code)


def _unanswered(error: Exception) -> PartnerTrouble:
    from requests.exceptions import ConnectTimeout, ReadTimeout, TooManyRedirects
    from urllib3.exceptions import NewConnectionError

    cause: BaseException | None = error.__cause__
    if isinstance(cause, ReadTimeout):
        return PartnerTrouble("PagerDuty does not answer.", unclear=True, code="timeout")
    if isinstance(cause, TooManyRedirects):
        text = "Not PagerDuty's answer: something between us and PagerDuty sends us elsewhere."
        return PartnerTrouble(text, code="bad_answer")
    inner = getattr(cause.args[0], "reason", None) if cause is not None and cause.args else None
    if any(isinstance(part, ssl.SSLCertVerificationError) for part in getattr(inner, "args", ())):
        text = "PagerDuty can't be reached: the certificate of its address is not one that this machine trusts."
        return PartnerTrouble(text, code="unreachable")
    never_sent = isinstance(cause, ConnectTimeout) or isinstance(inner, NewConnectionError)
    text = "PagerDuty can't be reached; this machine has to reach its API address by https."
    return PartnerTrouble(text, unclear=not never_sent, code="unreachable")


def _said(response: Any) -> tuple[str, str]:
    """PagerDuty's own code and message."""
    try:
        value = response.json()
    except ValueError:
        value = {}
    error = value.get("error") if isinstance(value, dict) else None
    if not isinstance(error, dict):
        return str(response.status_code), "it gives no reason"
    details = error.get("errors")
    more = [str(detail) for detail in details] if isinstance(details, list) else []
    text = ": ".join([str(error.get("message", "")), *more])
    return str(error.get("code", response.status_code)), words({"text": text}, "text", 300) or "it gives no reason"


def _number(headers: Mapping[str, str], name: str) -> float | None:
    try:
        return max(1.0, float(headers.get(name, "")))
    except ValueError:
        return None


def _usable(value: str, label: str) -> str:
    """What goes into a header. The library would name the whole value where it can't send it.

    :raises PartnerTrouble: it can't stand in a header.
    """
    if not value.isascii() or not value.isprintable() or " " in value:
        text = f"“{label}” holds a blank or a sign that PagerDuty never uses there; copy it once more."
        raise PartnerTrouble(text, permanent=True, code="bad_value")
    return value


def _address(url: str) -> str:
    """Where the API is.

    :raises PartnerTrouble: that is no web address.
    """
    try:
        parts_ = urlsplit(url)
        is_one = parts_.scheme in ("http", "https") and bool(parts_.hostname) and "@" not in parts_.netloc
    except ValueError:
        is_one = False
    if not is_one:
        text = (
            "PagerDuty's API address (PAGERDUTY_API_URL) is no web address; https://api.pagerduty.com is the usual one."
        )
        raise PartnerTrouble(text, permanent=True, code="bad_address")
    return url.rstrip("/")


def _one(id_: str) -> str:
    """An id as one step of a path.

    :raises PartnerTrouble: it is none of PagerDuty's.
    """
    if not id_.isascii() or not id_.isalnum():
        raise PartnerTrouble("That is no id of PagerDuty's.", permanent=True, code="bad_id")
    return id_
