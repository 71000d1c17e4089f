"""The reference pages that are drawn from the code: `manage.py write_docs` writes them, a test compares."""

import argparse
import inspect
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import load_command_class

from accounts.api.problem_codes import PROBLEM_CODES
from chatops.grammar.docs import commands_page
from chatops.registry import registry
from common.news import listeners
from config.settings.integrations import INTEGRATIONS
from incidents.timeline.kinds import Kind, all_kinds
from integrations.kit.manifest import Manifest, manifests

WHERE = Path(settings.ROOT) / "docs" / "reference"
_DRAWN = "Drawn from the code by `make docs`; a test holds the two together.\n"


def pages() -> dict[str, str]:
    """Every drawn page and picture: file name → text.

    Some are drawn from rows, made and taken back: the database should hold nothing else.
    """
    drawn = {name: draw() for name, draw in _PAGES.items()}
    for package in INTEGRATIONS:
        if find_spec(f"{package}.reference"):
            drawn |= import_module(f"{package}.reference").pages()
    return drawn


def stale(drawn: Mapping[str, str]) -> list[str]:
    """The names of those that do not stand in the docs so, and of pictures that nobody draws any more."""
    old = [path.relative_to(WHERE).as_posix() for path in WHERE.rglob("*.svg")]
    return [name for name, text in drawn.items() if _as_it_stands(name) != text] + sorted(set(old) - set(drawn))


def _as_it_stands(name: str) -> str:
    path = WHERE / name
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"| {' | '.join('---' for _ in head)} |"]
    for row in rows:
        cells = [cell.replace("|", r"\|") for cell in row]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _first_sentence(thing: object) -> str:
    paragraph = " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())
    return paragraph.split(". ")[0].rstrip(".;") + "."


# --- Commands -----------------------------------------------------------------------------------------


def _commands() -> str:
    return commands_page(registry().commands())


# --- News ---------------------------------------------------------------------------------------------


def news_classes() -> dict[str, list[type]]:
    """What packages tell each other: package → its classes, in the order of the file."""
    found = {}
    for config in apps.get_app_configs():
        is_ours = Path(config.path).parent == Path(settings.ROOT) and config.name != "common"
        if is_ours and find_spec(f"{config.name}.news"):
            module = import_module(f"{config.name}.news")
            found[config.name] = [
                each for each in vars(module).values() if isinstance(each, type) and each.__module__ == module.__name__
            ]
    return found


def _news() -> str:
    parts = [
        "# News\n",
        _DRAWN,
        "News is what one package tells the others, inside the transaction that made it true. A listener joins\n"
        "that transaction and only writes rows; it never calls out. Lower packages tell, upper packages listen.\n",
    ]
    who = listeners()
    for package, classes in news_classes().items():
        parts.append(f"## {package}\n")
        for kind in classes:
            fields = ", ".join(f"`{name}`" for name in getattr(kind, "__dataclass_fields__", {}))
            heard = [f"- `{each.__module__}.{each.__name__}`: {_first_sentence(each)}" for each in who.get(kind, [])]
            text = " ".join((inspect.getdoc(kind) or "").split("Listeners:")[0].split())
            parts.append(f"### {kind.__name__}\n\n{text}\n\nCarries {fields}.\n")
            parts.append("\n".join(heard or ["- nobody listens yet"]) + "\n")
    return "\n".join(parts)


# --- Timeline events ----------------------------------------------------------------------------------

_FAMILIES = {
    "message": ("Talk", "What people say. A line can be edited, deleted, pinned and answered later."),
    "command": ("Commands", "What was typed to change something, with its answer beside it."),
    "state": ("State", "A band across the page: the incident is somewhere else now."),
    "system": ("Facts", "One compact line: something was added, set or done."),
    "change": ("Changes", "Alter an earlier line, named by `target`. Readers see them folded into it."),
}


class _Example(dict[str, Any]):
    """Event data that answers every question with the question's own name."""

    def __missing__(self, key: str) -> str:
        return f"‹{key}›"

    def get(self, key: str, default: Any = None) -> Any:
        return self[key]


def _says(kind: Kind) -> str:
    said = kind.say(_Example())
    return f"`{said}`" if said else ""


def _events() -> str:
    families: dict[str, list[Kind]] = defaultdict(list)
    for kind in all_kinds().values():
        families[kind.family].append(kind)
    parts = [
        "# Timeline events\n",
        _DRAWN,
        "Every row of an incident's log has one of these kinds. The API gives it as `kind`, and what it says as\n"
        "`text`; words in ‹ › stand for the event's own data. *Story*: it belongs to the story view and to the\n"
        "postmortem without being pinned.\n",
    ]
    for family, (name, text) in _FAMILIES.items():
        rows = [(f"`{kind.name}`", _says(kind), "yes" if kind.is_story else "") for kind in families.pop(family, [])]
        parts.append(f"## {name}\n\n{text}\n\n{_table(['kind', 'says', 'story'], rows)}")
    if families:
        raise ValueError(f"docs: say what the families {sorted(families)} are")
    return "\n".join(parts)


# --- Integrations -------------------------------------------------------------------------------------


def _integrations() -> str:
    parts = [
        "# Integrations\n",
        _DRAWN,
        "What is installed by `config/settings/integrations.py`, as each says of itself. A connection is made on\n"
        "the Connections page, by `POST /api/v1/connections`, or by the environment where variables are named.\n",
    ]
    for manifest in sorted(manifests().values(), key=lambda each: each.name):
        parts.append(_integration(manifest))
    return "\n".join(parts)


def _integration(manifest: Manifest) -> str:
    variables = {field: name for name, field in manifest.environment.items()}
    lines = [f"## {manifest.name}\n", f"{manifest.summary}\n"]
    lines.append(f"Kind `{manifest.slug}`. It can: {', '.join(manifest.capabilities) or 'nothing yet'}.\n")
    if manifest.doors:
        doors = [f"`/hooks/{door.path}{'/<key>' if door.by_key else ''}`" for door in manifest.doors]
        lines.append(f"Takes in: {', '.join(doors)}.\n")
    if manifest.fields:
        rows = [
            (
                f"`{field.name}`",
                field.label,
                f"`{_variable(variables[field.name])}`" if field.name in variables else "",
                ", ".join(word for word, is_so in (("needed", field.required), ("secret", field.is_secret)) if is_so),
                field.hint,
            )
            for field in manifest.fields
        ]
        lines.append(_table(["field", "label", "variable", "", "hint"], rows))
    return "\n".join(lines)


def _variable(setting: str) -> str:
    """What the environment calls a setting."""
    return {"ANNOUNCE_CHANNEL": "SLACK_ANNOUNCE_CHANNEL"}.get(setting, setting)


# --- manage.py ----------------------------------------------------------------------------------------


def own_commands() -> dict[str, Any]:
    """The product's own manage.py commands by name."""
    where = Path(settings.ROOT) / "config" / "management" / "commands"
    names = sorted(path.stem for path in where.glob("*.py") if not path.stem.startswith("_"))
    return {name: load_command_class("config", name) for name in names}


def _manage() -> str:
    parts = [
        "# manage.py\n",
        _DRAWN,
        "Called as `.venv/bin/python manage.py <command>`, or `python manage.py <command>` inside a container.\n"
        "Django's own commands (`migrate`, `check`, `shell` …) are there too.\n",
    ]
    for name, command in own_commands().items():
        parser = command.create_parser("manage.py", name)
        own = [action for action in parser._actions if action.dest not in _DJANGOS]
        words = " ".join(_shown(action) for action in own)
        parts.append(f"## {name}\n\n{command.help}\n\n    manage.py {name} {words}".rstrip() + "\n")
        if any(action.help for action in own):
            parts.append("\n".join(f"- `{_name(action)}`: {action.help}" for action in own if action.help) + "\n")
    return "\n".join(parts)


_DJANGOS = {
    *("help", "version", "verbosity", "settings", "pythonpath", "traceback", "no_color", "force_color", "skip_checks"),
}


def _name(action: argparse.Action) -> str:
    return action.option_strings[0] if action.option_strings else action.dest.upper()


def _shown(action: argparse.Action) -> str:
    if not action.option_strings:
        return f"[{action.dest.upper()}]" if action.nargs == "?" else action.dest.upper()
    value = "" if action.nargs == 0 else f" {action.dest.upper()}"
    return f"[{action.option_strings[0]}{value}]"


# --- Problems -----------------------------------------------------------------------------------------

_PROBLEMS = """# Problem codes

{drawn}
An API call that is refused answers with a problem document (RFC 9457), `application/problem+json`:

```json
{{
  "type": "/docs/problems#invalid",
  "code": "invalid",
  "title": "severity is 1 to 5.",
  "status": 400,
  "field": "severity"
}}
```

`code` is stable; `title` is for people and may change. `field` names the input at fault, `errors` lists several,
`hint` says what to do next; `type` is a page of the installation itself. Nothing was changed, whatever the code.

{table}"""


def _problems() -> str:
    rows = [(f"`{one.code}`", str(one.status), one.means, one.do) for one in PROBLEM_CODES]
    return _PROBLEMS.format(drawn=_DRAWN, table=_table(["code", "status", "means", "what to do"], rows))


_PAGES: dict[str, Callable[[], str]] = {
    "problems.md": _problems,
    "commands.md": _commands,
    "news.md": _news,
    "events.md": _events,
    "integrations.md": _integrations,
    "manage.md": _manage,
}
