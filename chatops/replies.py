"""What a command answers: a value that each surface draws its own way."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from chatops.port import Button


@dataclass(frozen=True)
class Reply:
    """An answer in markdown.

    `to_everyone`: state changes, pages and deploys are seen by the room; help, errors and lists only by
    the one who asked. `undo` is a typed command that restores what was. `open_url` is a page or form to
    open. `ok` is false when nothing was done.
    """

    text: str
    to_everyone: bool = False
    incident: int | None = None
    buttons: Sequence[Button] = ()
    undo: str = ""
    open_url: str = ""
    ok: bool = True

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
