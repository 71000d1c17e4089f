"""Help and menus, drawn from the register."""

from collections.abc import Sequence

from chatops.context import Context
from chatops.forms.registry import form_of
from chatops.grammar.errors import shortened
from chatops.grammar.suggest import either, nearest
from chatops.port import Button
from chatops.registry import Command, Registry, shown
from chatops.replies import Reply

MOST_BUTTONS = 8
MOST_COMMON = 12


def help_reply(context: Context, commands: Registry, root: str, word: str) -> Reply:
    """`help`: the most used lines. `help all`: every line. `help <command>`: one command."""
    word = " ".join(word.split()).casefold().lstrip("/")
    if not word:
        return Reply(text=common_lines(commands, root), buttons=[Button("All commands", f"/{shown(root)} help all")])
    if word == "all":
        return Reply(text=all_lines(commands))
    if found := _named(commands, root, word):
        return Reply(text=about(found))
    if group := commands.group(root, word):
        return Reply(text=lines_of(group))
    if (other := commands.root_of(word)) is not None:
        return Reply(text=lines_of(commands.commands(other)))
    meant = nearest(word, [name for name in commands.names(root) if name])
    return Reply(
        text=f'No "{shortened(word)}". '
        + (f"Did you mean {either(meant)}?" if meant else f"`/{shown(root)} help all` lists every command."),
        ok=False,
        buttons=[Button(f"Help on {name}", f"/{shown(root)} help {name}") for name in meant],
    )


def _named(commands: Registry, root: str, word: str) -> Command | None:
    """`sev`, `task add`, or with a root in front: `incident sev`."""
    first, _, rest = word.partition(" ")
    other = commands.root_of(first)
    return commands.get(root, word) or (commands.get(other, rest) if other and rest else None)


def about(command: Command) -> str:
    """One line what it does, one line its form, two examples, who may use it."""
    also = f" (also: {', '.join(command.aliases)})" if command.aliases else ""
    has_form = form_of(command.root, command.name) is not None
    form = f" As a form, in a chat that shows forms: `{command.typed} --form`" if has_form else ""
    examples = "\n".join(f"`{example}`" for example in command.shown_examples())
    return (
        f"**{command.typed}** {command.summary}\n`{command.shown_form()}`{also}\n"
        f"For example:\n{examples}\nWho may: {command.who_text}.{form}"
    )


def line_of(command: Command) -> str:
    """One line of a list: the form and what it does."""
    return f"- `{command.shown_form()}` {command.summary}"


def lines_of(commands: Sequence[Command]) -> str:
    """A list of commands."""
    return "\n".join(line_of(command) for command in commands)


def most_used(commands: Sequence[Command]) -> list[Command]:
    """The most used of these, in order of use."""
    return sorted((command for command in commands if command.rank), key=lambda command: command.rank)


def common_lines(commands: Registry, root: str) -> str:
    """The most used commands, each with an example."""
    chosen = most_used(commands.commands(root)) or commands.commands(root)[:MOST_COMMON]
    lines = [f"- `{command.shown_examples()[0]}` {command.summary}" for command in chosen]
    more = f"More: `/{shown(root)} help all`, or `/{shown(root)} help <command>`."
    return "\n".join([*lines, more])


def all_lines(commands: Registry) -> str:
    """Every command of every root."""
    parts = []
    for root in commands.roots():
        parts += [f"**/{shown(root)}**", lines_of(commands.commands(root))]
    return "\n".join(parts)


def menu_reply(
    context: Context, commands: Registry, root: str, *, group: Sequence[Command] = (), typed: str = ""
) -> Reply:
    """A root or a group alone: its commands as buttons."""
    found = list(group) or [command for command in commands.commands(root) if command.name]
    common = most_used(found)
    shown_first = [*common, *(command for command in found if command not in common)][:MOST_BUTTONS]
    head = typed.strip() if group else f"/{shown(root)}"
    return Reply(
        text=f"**{head}** what?\n{lines_of(found[:MOST_COMMON])}",
        buttons=[Button(command.name, command=command.typed) for command in shown_first],
    )
