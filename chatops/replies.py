"""What a command answers: a value that each surface draws its own way."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from chatops.port import Button

#: invisible; it breaks what a chat would read as a sign of its own
_GAP = "\u200b"
_LINE_END = re.compile("[\r\n\v\f\x85\u2028\u2029]+")
_SIGN = re.compile(r"[\\`*]|(?<!\w)_|_(?!\w)|~(?=~)|(?<=~)~|(?<=\])[(\[]")
_OPENED = re.compile(r"<(?=[\w!@#/:])")
_EVERYBODY = re.compile(r"@(?=(?:here|channel|everyone|everybody|all|room|group|team)\b)", re.IGNORECASE)
_SPECIAL = re.compile(r"<(?=[!@#]|[^<>\s]*\|)")
_CODE = re.compile(r"^(`{3,})\n.*?\n\1$", re.MULTILINE | re.DOTALL)


def plain(text: str) -> str:
    """A title or a name inside an answer: in no chat is it markup, a link that says one thing and leads to
    another, or a call for everybody. Ordinary words stay as they are."""
    text = _SIGN.sub(r"\\\g<0>", _LINE_END.sub(" ", text))
    return _EVERYBODY.sub(f"@{_GAP}", _OPENED.sub(f"<{_GAP}", text))


def quiet(text: str) -> str:
    """An answer for a chat whose signs we don't know: whatever was typed into it, it calls nobody.

    The typed line, given back in a code block, stays as it is but for signs such as `<!channel>`.
    """
    parts, end = [], 0
    for code in _CODE.finditer(text):
        parts += [_EVERYBODY.sub(f"@{_GAP}", text[end : code.start()]), code[0]]
        end = code.end()
    parts.append(_EVERYBODY.sub(f"@{_GAP}", text[end:]))
    return _SPECIAL.sub(f"<{_GAP}", "".join(parts))


@dataclass(frozen=True)
class FormAsk:
    """A form to be opened in front of who asked; `given` is what was typed already, by the inputs' names."""

    name: str
    incident: int | None = None
    given: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """An answer in markdown.

    `to_everyone`: state changes, pages and deploys are seen by the room; help, errors and lists only by
    the one who asked. `undo` is a typed command that restores what was. `open_url` is a page or form to
    open, `form` one that the chat itself can open. `ok` is false when nothing was done; `needs_account` when
    it takes an account, or more rights than somebody without one has.
    """

    text: str
    to_everyone: bool = False
    incident: int | None = None
    buttons: Sequence[Button] = ()
    undo: str = ""
    open_url: str = ""
    ok: bool = True
    needs_account: bool = False
    form: FormAsk | None = None

    @property
    def visibility(self) -> Literal["room", "user"]:
        return "room" if self.to_everyone else "user"

    def as_json(self) -> dict[str, Any]:
        """The answer as stored and as the bridge gives it."""
        return {
            "visibility": self.visibility,
            "text": self.text,
            "incident": self.incident,
            "undo": self.undo,
            "open_url": self.open_url,
            "ok": self.ok,
            "buttons": [{"label": b.label, "command": b.command, "url": b.url} for b in self.buttons],
        }
