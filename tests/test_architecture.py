"""The rules of the house that no type checker knows. Each exception stands here with its reason."""

import ast
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parent.parent
CORE = ["common", "accounts", "connections", "oncall", "alerts", "incidents", "actions", "chatops"]
PACKAGES = [*CORE, "web", "integrations", "config"]


def files_of(*packages: str) -> Iterator[Path]:
    """The product's own Python files: no tests, no migrations."""
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            if not {"migrations", "tests", "contracts"} & set(path.parts):
                yield path


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports_of(path: Path) -> set[str]:
    """Every module that a file imports, wherever in it; `from a import b` counts as a and a.b."""
    found: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


# --- Who may know whom ------------------------------------------------------------------------------


def test_imports_go_down_only() -> None:
    lint = Path(sys.executable).with_name("lint-imports")

    done = subprocess.run([str(lint), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


VENDORS = re.compile(
    r"slack|pagerduty|twilio|github|gitlab|jenkins|opsgenie|victorops|grafana|alertmanager|prometheus|datadog"
    r"|sentry|jira|mattermost|discord|telegram|msteams",
    re.IGNORECASE,
)
#: words of the core's code that look like a vendor's name and why they may
NO_VENDOR = {
    ("incidents/api/talk_shapes.py", "slack"): "names the surfaces in the API's own description",
}
#: files whose subject is other makers' things, of which the product may know nothing else
ABOUT_VENDORS = {"common/redaction.py": "the shapes of everybody's secrets: people paste any of them anywhere"}


def code_words(path: Path) -> Iterator[tuple[int, str]]:
    """Names and texts of a file, without comments and docstrings: those may explain by an example."""
    source = path.read_text(encoding="utf-8")
    explaining: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            explaining |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in (tokenize.NAME, tokenize.STRING) and token.start[0] not in explaining:
            yield token.start[0], token.string


def test_the_core_knows_no_vendor() -> None:
    leaks = [
        f"{name_of(path)}:{line}: {word[:80]}"
        for path in files_of(*CORE)
        if name_of(path) not in ABOUT_VENDORS
        for line, word in code_words(path)
        for found in VENDORS.findall(word)
        if (name_of(path), found.lower()) not in NO_VENDOR
    ]

    assert leaks == []


def test_no_integration_knows_another() -> None:
    for path in files_of("integrations"):
        own = path.relative_to(ROOT / "integrations").parts[0]
        others = {name for name in imports_of(path) if name.startswith("integrations.")}
        assert {name for name in others if name.split(".")[1] not in (own, "kit")} == set(), name_of(path)


def test_the_kit_knows_no_vendor() -> None:
    for path in files_of("integrations/kit"):
        words = [word for _, word in code_words(path) if VENDORS.search(word)]
        # The door cuts the headers that carry signatures before it stores the rest.
        assert name_of(path) == "integrations/kit/door.py" or words == [], name_of(path)


# --- What only one place may do -----------------------------------------------------------------------

SAFE = {"mark_safe", "SafeString", "format_html", "format_html_join", "SafeText", "safe"}
MAY_MARK_SAFE = {
    "common/text.py": "the one renderer",
    "web/templatetags/pieces.py": "pieces of the interface, by format_html",
    "web/design/samples.py": "made-up lines of the design page",
}


def test_text_becomes_html_in_one_place() -> None:
    marking = {
        name_of(path)
        for path in files_of(*PACKAGES)
        if SAFE & {name.rpartition(".")[2] for name in imports_of(path) if name.startswith("django.utils")}
    }

    assert marking <= set(MAY_MARK_SAFE)


def test_only_the_renderer_marks_text_as_safe() -> None:
    calling = {name_of(path) for path in files_of(*PACKAGES) if "mark_safe(" in path.read_text(encoding="utf-8")}

    assert calling == {"common/text.py"}


def test_no_template_switches_escaping_off() -> None:
    for template in sorted((ROOT / "templates").rglob("*.html")):
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"\|\s*safe\b|autoescape\s+off|\|\s*safeseq\b", text), name_of(template)


OUTBOUND = {
    *("requests", "requests_hardened", "httpx", "urllib3", "aiohttp", "urllib.request", "http.client", "ftplib"),
    *("smtplib", "slack_sdk", "pdpyras", "pagerduty", "twilio", "websocket", "websockets", "socketserver"),
}
MAY_CALL_OUT = {
    "common/outbound.py": "the one client for addresses that people give",
    "integrations/slack/client.py": "the one client of Slack's API",
    "integrations/slack/downloads.py": "the one reader of files that lie with Slack",
    "integrations/slack/uploads.py": "the one writer of files that go to Slack",
    "integrations/slack/sockets/websocket.py": "the one websocket of Slack's Socket Mode",
    "integrations/pagerduty/upstream.py": "the one client of PagerDuty's API",
    "integrations/twilio/client.py": "the one client of Twilio's API",
    "integrations/email/mailing.py": "the one sender of mail that pages people",
}


def test_calls_to_the_outside_are_made_where_they_belong() -> None:
    calling = {
        name_of(path)
        for path in files_of(*PACKAGES)
        if any(name == module or name.startswith(f"{module}.") for name in imports_of(path) for module in OUTBOUND)
    }

    assert calling <= set(MAY_CALL_OUT)


def test_sockets_are_only_asked_for_the_host_name() -> None:
    for path in files_of(*PACKAGES):
        if "socket" in imports_of(path) and name_of(path) not in MAY_CALL_OUT:
            used = set(re.findall(r"\bsocket\.(\w+)", path.read_text(encoding="utf-8")))
            assert used <= {"gethostname"}, name_of(path)


MAY_SLEEP = {"common/operations.py": "milliseconds between two tries of one transaction"}


def test_nobody_sleeps() -> None:
    sleeping = {
        name_of(path)
        for path in files_of(*PACKAGES)
        if re.search(r"\btime\.sleep\(|\bfrom time import [^\n]*\bsleep\b", path.read_text(encoding="utf-8"))
    }

    assert sleeping == set(MAY_SLEEP)


def test_the_time_is_asked_of_one_clock() -> None:
    """Wall clocks of workers differ: due things are compared with the database's time."""
    for path in files_of(*PACKAGES):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\b(?:timezone|datetime)\.(?:now|utcnow|today)\(", text), name_of(path)


def test_the_log_is_written_in_one_place() -> None:
    making = {
        name_of(path)
        for path in files_of(*PACKAGES)
        if re.search(r"\bTimelineEvent(?:\.objects\.(?:bulk_)?create)?\(", path.read_text(encoding="utf-8"))
    }

    assert making - {"incidents/models/event.py"} == {"incidents/timeline/record.py"}


def test_vendors_have_no_listener_inside_our_transactions() -> None:
    listening = [name_of(path) for path in files_of("integrations") if "common.news.listens" in imports_of(path)]

    assert listening == []


# --- Size and words --------------------------------------------------------------------------------------

MOST_LINES = 400
#: longer ones, with a limit of their own so that they do not grow
LONGER = {
    "web/templatetags/pieces.py": 500,  # every piece of the interface, one function each
}


def test_no_file_is_long() -> None:
    counts = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files_of(*PACKAGES)}

    assert {name: n for name, n in counts.items() if n > LONGER.get(name, MOST_LINES)} == {}
    assert {name for name in LONGER if counts.get(name, 0) <= MOST_LINES} == set(), "no exception any more"


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        name_of(path)
        for path in files_of(*PACKAGES)
        if path.name not in ("__init__.py", "apps.py") and not ast.get_docstring(tree_of(path))
    ]

    assert silent == []


def operations() -> list[Path]:
    return [path for path in files_of(*PACKAGES) if path.name == "operations.py" or path.parent.name == "operations"]


@pytest.mark.parametrize("path", operations(), ids=name_of)
def test_every_operation_says_what_it_does(path: Path) -> None:
    for node in tree_of(path).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{name_of(path)}: {node.name}"


OURS = [model for model in apps.get_models() if model.__module__.split(".")[0] in PACKAGES]


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_every_model_can_be_named_and_says_what_it_is(model: type) -> None:
    assert "__str__" in vars(model), "no __str__ of its own"
    assert model.__doc__
    assert not model.__doc__.startswith(f"{model.__name__}("), "no docstring of its own"


def test_every_pending_table_can_be_worked() -> None:
    from common.pending import Pending, pending_tables

    for table in pending_tables():
        assert table.work is not Pending.work, table
