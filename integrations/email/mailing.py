"""Handing mails to the SMTP server, and what its refusals mean."""

import re
import smtplib
from typing import Any

import environ
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from common.errors import PartnerTrouble
from connections.breaker import Breaker
from connections.models import Connection
from connections.operations import in_trouble, out_of_trouble
from oncall.last_look import look_again

_TIMEOUT = 10
#: so many mails are handed over at a time, so that a server that hangs holds no more of our threads
_AT_ONCE = 4
_ADDRESS = re.compile(r"<?[^\s<>@]+@[^\s<>@]+>?")
_MOST_SAID = 200


def connection_in_use() -> Connection | None:
    """The connection that the environment made, if mail is set up."""
    return Connection.objects.present().filter(kind="email", from_environment=True, is_on=True).first()


def send(connection: Connection, message: EmailMessage) -> None:
    """Hand one mail over. While the server is away, or the mails on their way hang, nothing is tried.

    :raises PartnerTrouble: permanent where the address is refused; unclear where the line broke while it was
        handed over, and the server may have it.
    """
    with Breaker(f"email:{connection.pk}", "The mail server", at_once=_AT_ONCE).guard():
        refused = _hand_over(connection, message)
    out_of_trouble(connection)
    if refused is not None:
        raise refused


def _hand_over(connection: Connection, message: EmailMessage) -> PartnerTrouble | None:
    """Return why the server doesn't take it; what it never said is raised."""
    backend = _open(connection)
    try:
        look_again()
        backend.send_messages([message])
    except smtplib.SMTPRecipientsRefused as refused:
        code, said = next(iter(refused.recipients.values()))
        return _refused(code, said, "The mail server refuses the address")
    except smtplib.SMTPServerDisconnected as gone:
        raise PartnerTrouble("The mail server hung up while a mail was handed over.", unclear=True) from gone
    except smtplib.SMTPNotSupportedError:
        return PartnerTrouble("The mail server can't send to this address.", permanent=True)
    except smtplib.SMTPResponseException as refused:
        return _refused(refused.smtp_code, refused.smtp_error, "The mail server refuses the mail")
    except (OSError, smtplib.SMTPException) as error:
        raise PartnerTrouble(f"The mail server did not answer ({type(error).__name__}).", unclear=True) from error
    finally:
        _close(backend)
    return None


def check(connection: Connection) -> str:
    """The Test button: is there a mail server, and does it let us in?

    :raises PartnerTrouble: it does not; says why.
    """
    _close(_open(connection))
    return "The mail server answers and lets Warroom in. Send a test mail from your own page (You)."


def _open(connection: Connection) -> BaseEmailBackend:
    """Connect and sign in: when this fails, nothing was handed over."""
    backend = _backend(connection)
    try:
        backend.open()
    except smtplib.SMTPAuthenticationError as refused:
        text = "The mail server does not take our name and password: see EMAIL_URL."
        in_trouble(connection, text)
        raise PartnerTrouble(text, needs_hands=True) from refused
    except (OSError, smtplib.SMTPException) as error:
        text = f"The mail server can't be reached ({type(error).__name__})."
        in_trouble(connection, text)
        raise PartnerTrouble(text) from error
    return backend


def _backend(connection: Connection) -> BaseEmailBackend:
    given: dict[str, Any] = environ.Env.email_url_config(str(connection.secrets.get("url", "")))
    return get_connection(
        given["EMAIL_BACKEND"],
        host=given.get("EMAIL_HOST"),
        port=given.get("EMAIL_PORT"),
        username=given.get("EMAIL_HOST_USER"),
        password=given.get("EMAIL_HOST_PASSWORD"),
        use_tls=given.get("EMAIL_USE_TLS", False),
        use_ssl=given.get("EMAIL_USE_SSL", False),
        timeout=_TIMEOUT,
    )


def _close(backend: BaseEmailBackend) -> None:
    try:
        backend.close()
    except (OSError, smtplib.SMTPException):
        # It was handed over, or it was said why not; a farewell that fails changes nothing.
        return


def _refused(code: int, said: bytes | str, words: str) -> PartnerTrouble:
    """5xx is for good, everything else may go through later. What the server says never names the address."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    clean = " ".join(_ADDRESS.sub("(address)", text).split())[:_MOST_SAID]
    return PartnerTrouble(f"{words}: {code} {clean}".rstrip(), permanent=500 <= code < 600, code=str(code))
