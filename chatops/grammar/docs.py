"""The reference page of the chat commands, drawn from the register."""

from collections.abc import Iterable, Sequence
from typing import Protocol


class Entry(Protocol):
    """What the page needs of a command."""

    @property
    def root(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def aliases(self) -> tuple[str, ...]: ...

    @property
    def form(self) -> str: ...

    @property
    def summary(self) -> str: ...

    @property
    def examples(self) -> tuple[str, ...]: ...

    @property
    def who_text(self) -> str: ...


_HEAD = """# Chat commands

Drawn from the register of commands; a test holds it to the code. Type them in the web room, the command
box, a connected chat, or after a mention of the bot. Words are case-blind, flags stand anywhere, `—` counts as `--`,
curly quotes are quotes. `#142`, `INC-142`, `142` and `this` name an incident; without one it is the room's.
A reference before free text that is not this room's incident is asked about; `--incident 142` or quotes
around the text say it clearly. Durations: `90s`, `10m`, `2h`, `1d`, `1h30m`. Times: `now`, `14:05`,
`14:05Z`, `"tomorrow 9"`, ISO, `-20m`.
"""


def commands_page(commands: Iterable[Entry]) -> str:
    """Return docs/reference/commands.md: one section per root, one entry per command."""
    by_root: dict[str, list[Entry]] = {}
    for command in commands:
        by_root.setdefault(command.root, []).append(command)
    parts = [_HEAD]
    for root in sorted(by_root):
        parts.append(f"## /{root}\n")
        parts += [_entry(command) for command in by_root[root]]
    return "\n".join(parts)


def _entry(command: Entry) -> str:
    also = f" Also: {_listed(command.aliases)}." if command.aliases else ""
    heading = f"/{command.root} {command.name}".rstrip()
    return (
        f"### {heading}\n\n{command.summary}{also}\n\n"
        f"    {command.form}\n\n"
        f"For example {_listed(command.examples)}. Who may: {command.who_text}.\n"
    )


def _listed(lines: Sequence[str]) -> str:
    return " · ".join(f"`{line}`" for line in lines)
