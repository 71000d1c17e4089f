"""What text messages say. Pure."""

from collections.abc import Iterable

from integrations.twilio.gsm import MOST, cut, gsm, length
from oncall.ports import Facts
from oncall.saying import late, said_of

#: without what is misread for another, and without digits that are answers
_LETTERS, _DIGITS = "ACDEFHJKMNPRTUVWXY", "236789"
#: a headline shorter than this tells nothing: rather a second message
_LEAST = 24

HELP = "Reply 4 to take the page, 5 to pass it on, or open the link in the message. STOP ends these messages."


def code_of(page: int) -> str:
    """The two characters that tell this page from the others that are open."""
    letter, digit = divmod(page % (len(_LETTERS) * len(_DIGITS)), len(_DIGITS))
    return f"{_LETTERS[letter]}{_DIGITS[digit]}"


def page_text(facts: Facts, url: str, *, code: str = "", reason: str = "", late_seconds: int = 0) -> str:
    """A page in one message: what and how bad, why you, how to answer, and the link.

    `code` stands in it when several are open. What has no room is left out, the headline is cut last.
    """
    keys = f"Reply 4 {code} ack, 5 {code} pass on." if code else "Reply 4 ack, 5 pass on."
    if facts.more:
        keys = "Reply 4 all ack."
    tail = f"{keys} {gsm(url)}"
    head = f"{facts.severity} {facts.title}".strip()
    room = max(MOST - length(tail) - 1, _LEAST)
    said = cut(gsm(head), room)
    more = [late(late_seconds), "" if facts.is_private else reason]
    for part in (gsm(each) for each in more if each):
        if length(f"{said}. {part}.") <= room:
            said = f"{said.rstrip('.')}. {part}."
    return f"{said} {tail}"


def listed(pages: Iterable[tuple[str, Facts]]) -> str:
    """Several are open: which, and by which code each is answered."""
    found = list(pages)
    head = f"{len(found)} pages are open. Reply 4 and the code:"
    parts: list[str] = []
    for code, facts in found:
        part = f"{code} {cut(gsm(said_of(facts).headline), 30)}"
        if length(" ".join([head, *parts, part])) > MOST:
            break
        parts.append(part)
    return f"{head} {', '.join(parts)}"
