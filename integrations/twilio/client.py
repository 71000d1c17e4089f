"""Calling Twilio: its REST API of 2010, form in and JSON out, and what its refusals mean.

Source: Twilio's documentation, "Messages", "Calls" and "Error and warning dictionary". There is no key that would make
a call happen once: a page whose result is not known is sent again with the same link and code.
"""

from collections.abc import Sequence
from typing import Any

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.exceptions import NewConnectionError

from common.errors import PartnerTrouble
from connections.breaker import Breaker
from connections.models import Connection
from connections.operations import in_trouble, out_of_trouble
from integrations.twilio.door import tokens_of

#: seconds to be there, and to answer
_TIMEOUT = (2, 5)
#: so many requests of one process at a time
_AT_ONCE = 8
_WAIT = 5.0
_MOST_SAID = 200
#: the person has replied STOP
STOPPED = "21610"


def connection_in_use() -> Connection | None:
    """The connection through which texts and calls go: the environment's before others, the newest of those."""
    rows = Connection.objects.present().filter(kind="twilio", is_on=True)
    return rows.order_by("-from_environment", "-pk").first()


def sender_of(connection: Connection) -> str:
    """The number, or the Messaging Service, that it sends from."""
    return str(connection.settings.get("from_number", "")).strip()


def post(connection: Connection, path: str, fields: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Ask for something: `path` stands below the account.

    :raises PartnerTrouble: permanent where it is refused for good; unclear where it may have been done.
    """
    return _ask(connection, "POST", path, fields)


def get(connection: Connection, path: str) -> dict[str, Any]:
    """Read something.

    :raises PartnerTrouble: it is refused, or there is no answer.
    """
    return _ask(connection, "GET", path, ())


def _ask(connection: Connection, method: str, path: str, fields: Sequence[tuple[str, str]]) -> dict[str, Any]:
    account, tokens = str(connection.settings.get("account_sid", "")).strip(), tokens_of(connection.secrets)
    if not account.isalnum() or not tokens:
        raise _needs_hands(connection, "Twilio's Account SID or Auth Token is missing here: enter both.")
    url = f"{settings.TWILIO_API_URL.rstrip('/')}/2010-04-01/Accounts/{account}{path}"
    with Breaker(f"twilio:{connection.pk}", "Twilio", at_once=_AT_ONCE).guard():
        return _read(connection, _call(connection, method, url, (account, tokens[0]), fields))


def _call(
    connection: Connection, method: str, url: str, auth: tuple[str, str], fields: Sequence[tuple[str, str]]
) -> requests.Response:
    try:
        with requests.Session() as session:
            # Repeating is our business: whoever calls us is a row that waits better.
            session.mount("https://", HTTPAdapter(max_retries=0))
            session.trust_env = False
            return session.request(method, url, data=list(fields), auth=auth, timeout=_TIMEOUT, allow_redirects=False)
    except requests.RequestException as error:
        text = f"Twilio does not answer ({type(error).__name__})."
        in_trouble(connection, text)
        raise PartnerTrouble(text, unclear=not _never_left(error)) from None


def _never_left(error: requests.RequestException) -> bool:
    """There was no connection at all, so nothing was asked."""
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(error, requests.ConnectTimeout) or isinstance(reason, NewConnectionError)


def _read(connection: Connection, answer: requests.Response) -> dict[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        said = None
    said = said if isinstance(said, dict) else {}
    if answer.status_code in (200, 201) and (said.get("sid")):
        out_of_trouble(connection)
        return said
    code, words = str(said.get("code", "")), " ".join(str(said.get("message", "")).split())[:_MOST_SAID]
    if answer.status_code in (401, 403) and code in ("20003", "20005", ""):
        raise _needs_hands(connection, "Twilio does not take our Account SID and Auth Token: enter them anew.")
    if answer.status_code == 429:
        raise PartnerTrouble("Twilio asks us to wait.", retry_after=_retry_after(answer), code=code)
    if 400 <= answer.status_code < 500:
        text = f"Twilio refuses it: {code} {_without_numbers(words)}".rstrip()
        raise PartnerTrouble(text, permanent=True, code=code)
    text = f"Twilio is in trouble ({answer.status_code})."
    in_trouble(connection, text)
    raise PartnerTrouble(text, unclear=True, code=code)


def _without_numbers(text: str) -> str:
    """What it says names whom it was for; that stands on pages which others may read."""
    return " ".join("(number)" if sum(char.isdigit() for char in word) >= 7 else word for word in text.split())


def _retry_after(answer: requests.Response) -> float:
    given = answer.headers.get("Retry-After", "")
    return min(float(given), 60.0) if given.isdecimal() else _WAIT


def _needs_hands(connection: Connection, text: str) -> PartnerTrouble:
    in_trouble(connection, text)
    return PartnerTrouble(text, needs_hands=True)
