"""What a form looks like to whoever fills it in: plain values that a vendor folder draws its own way."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from chatops.port import Button


class Kind(StrEnum):
    """Kinds of inputs. `LINE` is one line of text and `TEXT` several; `CHOICES` takes any number of options."""

    LINE = "line"
    TEXT = "text"
    CHOICE = "choice"
    CHOICES = "choices"
    PERSON = "person"


@dataclass(frozen=True)
class Option:
    """One thing to choose."""

    value: str
    label: str


@dataclass(frozen=True)
class Input:
    """One thing that is asked for.

    `initial` is what stands there at first: text, the chosen values, or a person (their handle in a form, the
    chat's own id in a dialog). `most` is the longest text in characters, 0 for as long as the chat allows.
    """

    name: str
    label: str
    kind: Kind = Kind.LINE
    hint: str = ""
    placeholder: str = ""
    initial: Sequence[str] = ()
    options: Sequence[Option] = ()
    required: bool = False
    most: int = 0


@dataclass(frozen=True)
class Dialog:
    """A form, or what became of it, as one person has it in front of them.

    `token` comes back with what was filled in. Without a `submit` there is nothing to send: `text` (markdown)
    and `buttons` are all there is.
    """

    token: str
    title: str
    text: str = ""
    inputs: Sequence[Input] = field(default_factory=tuple)
    submit: str = ""
    buttons: Sequence[Button] = field(default_factory=tuple)
