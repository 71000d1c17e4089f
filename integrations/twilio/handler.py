"""What to do with what Twilio tells: a text message from somebody, or how far something of ours has come."""

from datetime import timedelta

from common import clock
from common.errors import Refused
from connections.intake import Outcome, Unreadable
from connections.models import Received
from integrations.twilio.door import SMS, read_form
from integrations.twilio.incoming import take_text
from integrations.twilio.numbers import is_number
from oncall.operations.receipts import DELIVERED, FAILED, QUEUED, SENDING, SENT, take_receipt

#: what it says of messages and of calls → how far it has come
_STATES = {
    "accepted": QUEUED,
    "scheduled": QUEUED,
    "queued": QUEUED,
    "sending": SENDING,
    "sent": SENT,
    "delivered": DELIVERED,
    "read": DELIVERED,
    "undelivered": FAILED,
    "failed": FAILED,
    "initiated": SENDING,
    "ringing": SENT,
    "in-progress": SENT,
    "completed": DELIVERED,
    "busy": FAILED,
    "no-answer": FAILED,
}
#: we have stopped it ourselves
_OURS = frozenset({"canceled"})
#: a receipt may be quicker than the line that records what it is about
_TOO_EARLY = timedelta(seconds=45)


class TooEarly(Exception):
    """What it is about is not recorded yet: look again in a moment."""


def handle(received: Received) -> Outcome:
    """Take a reply or a receipt.

    :raises connections.intake.Unreadable: genuine, but not understood. :raises TooEarly: comes again by itself.
    """
    try:
        form = read_form(received.body)
    except ValueError as error:
        raise Unreadable("This is no form.") from error
    if form.get("AccountSid") != str(received.connection.settings.get("account_sid", "")).strip():
        raise Unreadable("It is about another Twilio account than this connection's.")
    if received.door == SMS:
        sender = form.get("From", "")
        if not is_number(sender):
            return Outcome("ignored", "It comes from no phone number.")
        return take_text(sender, form.get("Body", ""))
    return _receipt(received, form)


def _receipt(received: Received, form: dict[str, str]) -> Outcome:
    ref = form.get("MessageSid") or form.get("SmsSid") or form.get("CallSid", "")
    word = form.get("MessageStatus") or form.get("CallStatus") or ""
    state, note = _STATES.get(word, ""), _note(form, word)
    if form.get("AnsweredBy", "").startswith(("machine", "fax")):
        state, note = FAILED, "a mailbox picked up"
    if not ref or not state:
        text = "we have stopped it" if word in _OURS else f"nothing to learn from “{word[:40]}”"
        return Outcome("ignored", text)
    try:
        became = take_receipt(connection=received.connection, ref=ref, state=state, at=received.received_at, note=note)
    except Refused as refused:
        return Outcome("ignored", refused.message)
    if became is None and clock.now() - received.received_at < _TOO_EARLY:
        raise TooEarly(f"nothing of ours is called {ref[:40]} yet")
    return Outcome("done", became) if became else Outcome("ignored", "It is about no page.")


def _note(form: dict[str, str], word: str) -> str:
    code = form.get("ErrorCode", "")
    if _STATES.get(word) != FAILED:
        return ""
    return f"{word}, error {code}" if code.isdecimal() and code != "0" else word
