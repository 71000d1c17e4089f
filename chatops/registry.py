"""The one register of chat commands. Help, completion, the docs page and the tests read it.

A command is one decorated function in a module of `chatops.commands` or in `<app>.chat_commands`; adding
one edits nothing else.
"""

import importlib
import pkgutil
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils.module_loading import autodiscover_modules

from accounts.permissions import Right
from chatops.commands.kit.args import Args
from chatops.context import Context
from chatops.grammar.completing import Suggestion
from chatops.grammar.shapes import Arg, Flag, Shape, Takes
from chatops.replies import Reply
from incidents.permissions import Doing

Handler = Callable[[Context, Args], Reply]
Who = Doing | Right

_WHO_TEXT: dict[Who, str] = {
    Doing.READ: "everybody who sees the incident",
    Doing.SPEAK: "responders, and everybody who is in the room",
    Doing.RUN: "responders, the commander and administrators",
    Doing.ACCESS: "the commander, responders in the room and administrators",
    Doing.JOIN: "everybody with an account; private incidents by invitation",
    Right.READ: "everybody",
    Right.DECLARE: "everybody",
    Right.RESPOND: "responders and administrators",
    Right.ADMINISTER: "administrators",
}


@dataclass(frozen=True, eq=False)
class Command:
    """One command. `name` is what stands after the root: "sev", "task add", or "" for the root alone.

    `rank`: its place among the most used lines (0: not one of them). `by_number`: the command finds its
    incident itself (joining may reach what one does not see yet).
    """

    root: str
    name: str
    aliases: tuple[str, ...]
    form: str
    summary: str
    examples: tuple[str, ...]
    who: Who
    shape: Shape
    run: Handler
    rank: int = 0
    by_number: bool = False

    @property
    def typed(self) -> str:
        """How it begins: /incident sev."""
        return f"/{shown(self.root)} {self.name}".rstrip()

    @property
    def who_text(self) -> str:
        """Who may use it, in words."""
        return _WHO_TEXT[self.who]

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)

    def shown_form(self) -> str:
        """The form, with the root as it is called here."""
        return as_called(self.form, self.root)

    def shown_examples(self) -> list[str]:
        return [as_called(example, self.root) for example in self.examples]


def shown(root: str) -> str:
    """What a root is called here (`COMMAND_NAMES` renames roots)."""
    renamed: Mapping[str, str] = getattr(settings, "COMMAND_NAMES", {})
    return renamed.get(root, root)


def as_called(line: str, root: str) -> str:
    """A line of the docs with the root as it is called here."""
    head, gap, rest = line.partition(" ")
    return f"/{shown(root)}{gap}{rest}" if head == f"/{root}" else line


class Registry:
    """Commands by root and name. Words are compared in lower case."""

    def __init__(self) -> None:
        self._commands: dict[str, dict[str, Command]] = {}
        self._root_aliases: dict[str, str] = {}

    def add(self, command: Command, root_aliases: Sequence[str] = ()) -> None:
        """Add a command.

        :raises ValueError: its name or an alias is taken.
        """
        names = self._commands.setdefault(command.root, {})
        for name in command.names:
            if name in names:
                raise ValueError(f"/{command.root} {name} is registered twice")
        names.update(dict.fromkeys(command.names, command))
        self._root_aliases.update(dict.fromkeys(root_aliases, command.root))

    def roots(self) -> list[str]:
        """Every root, by its own name."""
        return sorted(self._commands)

    def root_of(self, word: str) -> str | None:
        """The root that a word means: its name here, its own name, or an alias."""
        word = word.casefold()
        called = {shown(root): root for root in self._commands}
        return called.get(word) or (word if word in self._commands else self._root_aliases.get(word))

    def root_words(self) -> list[str]:
        """Every word that names a root."""
        return sorted({*self._commands, *(shown(root) for root in self._commands), *self._root_aliases})

    def names(self, root: str) -> dict[str, Command]:
        """Names and aliases of a root's commands."""
        return self._commands.get(root, {})

    def get(self, root: str, name: str) -> Command | None:
        """The command of this name or alias."""
        return self.names(root).get(name)

    def find(self, root: str, words: Sequence[str]) -> tuple[Command, int] | None:
        """The command that the words begin with (the longest name wins), and how many words name it."""
        names = self.names(root)
        for count in (2, 1):
            name = " ".join(words[:count]).casefold()
            if len(words) >= count and name in names:
                return names[name], count
        return None

    def group(self, root: str, word: str) -> list[Command]:
        """The commands of two words that begin with this one: task add, task list ..."""
        word = word.casefold()
        found = [command for name, command in self.names(root).items() if name.startswith(f"{word} ")]
        return list(dict.fromkeys(found))

    def commands(self, root: str | None = None) -> list[Command]:
        """Every command once, by name."""
        roots = [root] if root else self.roots()
        return [command for each in roots for command in sorted(set(self.names(each).values()), key=_by_name)]


def _by_name(command: Command) -> str:
    return command.name


_register = Registry()
_loading = threading.RLock()
_loaded = False


def registry() -> Registry:
    """Return the register, loaded."""
    global _loaded
    if not _loaded:
        with _loading:
            if not _loaded:
                _discover()
                _loaded = True
    return _register


def complete(line: str, context: Context) -> list[Suggestion]:
    """Suggest how a line that is being typed could go on."""
    from chatops.commands.kit.completing import complete as complete_line

    return complete_line(line, context, registry())


def _discover() -> None:
    package = importlib.import_module("chatops.commands")
    for module in pkgutil.walk_packages(package.__path__, "chatops.commands."):
        importlib.import_module(module.name)
    autodiscover_modules("chat_commands")


def command(
    root: str,
    name: str,
    *,
    form: str,
    summary: str,
    examples: tuple[str, ...],
    who: Who,
    aliases: tuple[str, ...] = (),
    args: tuple[Arg, ...] = (),
    flags: tuple[Flag, ...] = (),
    takes: Takes = Takes.MARKED,
    rank: int = 0,
    by_number: bool = False,
    root_aliases: tuple[str, ...] = (),
    into: Registry | None = None,
) -> Callable[[Handler], Handler]:
    """Register the decorated function as a command; `Command` says what the parts mean.

    :param root_aliases: other words for the root, everywhere.
    :param into: another register than the product's own (for tests).
    """

    def register(function: Handler) -> Handler:
        made = Command(
            root=root,
            name=name,
            aliases=aliases,
            form=form,
            summary=summary,
            examples=examples,
            who=who,
            shape=Shape(args, flags, takes),
            run=function,
            rank=rank,
            by_number=by_number,
        )
        (into or _register).add(made, root_aliases)
        return function

    return register
