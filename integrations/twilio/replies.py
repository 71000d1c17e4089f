"""What a text message that somebody sent us means. Pure."""

import re
from dataclasses import dataclass
from enum import StrEnum


class Meaning(StrEnum):
    """What they want."""

    ACK = "ack"
    ONWARD = "pass on"
    STOP = "stop"
    START = "start"
    HELP = "help"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class Reply:
    """What they want, and of which page: its code, "all", or "" where they did not say."""

    meaning: Meaning
    code: str = ""


#: the words that carriers know; Twilio answers them itself
_STOP = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
_START = frozenset({"start", "unstop", "yes"})
_HELP = frozenset({"help", "info"})
_ANSWER = re.compile(r"(4|5|ack|acknowledge|pass|passon)([a-z]\d|all)?")


def read_reply(text: str) -> Reply:
    """Read a reply: case, spaces and marks do not matter."""
    word = re.sub(r"[^a-z0-9]", "", text.casefold())
    for meaning, words in ((Meaning.STOP, _STOP), (Meaning.START, _START), (Meaning.HELP, _HELP)):
        if word in words:
            return Reply(meaning)
    found = _ANSWER.fullmatch(word)
    if found is None or (found[2] == "all" and found[1] not in ("4", "ack", "acknowledge")):
        return Reply(Meaning.UNCLEAR)
    meaning = Meaning.ACK if found[1] in ("4", "ack", "acknowledge") else Meaning.ONWARD
    return Reply(meaning, (found[2] or "").upper() if found[2] != "all" else "all")
