"""What a call says and asks, in Twilio's words for it. Pure."""

import re
from xml.sax.saxutils import escape, quoteattr

from oncall.ports import Facts

#: how often the question stands in one call: once, and two repeats
_TIMES = 3
_SECONDS = 6
_MOST_SAID = 80
_MENU = "Press 4 to acknowledge, 5 to pass on, 9 to repeat."


def spoken(facts: Facts) -> str:
    """A page as one says it: "Severity 1. Incident 142. Checkout errors."."""
    title = re.sub(r"https?://\S+", "", facts.title)
    title = re.sub(r"^#(\d+)\s*", r"Incident \1. ", title)
    title = re.sub(r"#(\d+)", r"\1", title)
    title = " ".join(re.sub(r"[<>&*_`|{}\[\]\\]", " ", title).split())
    severity = re.sub(r"^SEV(\d)$", r"Severity \1", facts.severity)
    parts = [severity, title[:_MOST_SAID].rstrip(" .")]
    return " ".join(f"{part}." for part in parts if part)


def menu(said: str, action: str) -> str:
    """Say it and wait for a key, three times over."""
    asked = (
        f'<Gather input="dtmf" numDigits="1" timeout="{_SECONDS}" method="POST" action={quoteattr(action)}>'
        f"{_say(f'{said} {_MENU}')}</Gather>"
    )
    return _document(asked * _TIMES + _say("No key was pressed. Somebody else is asked. Goodbye."))


def farewell(said: str) -> str:
    """Say it and hang up."""
    return _document(f"{_say(said)}<Hangup/>")


def code_call(code: str) -> str:
    """Say a code slowly, three times over."""
    digits = ", ".join(code)
    return _document(_say(f"Your code for Warroom is: {digits}.") * _TIMES)


def _say(text: str) -> str:
    return f"<Say>{escape(text)}</Say>"


def _document(inner: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{inner}</Response>'
