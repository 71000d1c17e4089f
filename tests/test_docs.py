"""The documentation says what the code does: every page that names something is held to it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands

from chatops.registry import registry
from common.news import listeners
from config.reference import news_classes, own_commands, pages, stale
from incidents.timeline.kinds import all_kinds
from integrations.kit.manifest import manifests
from web.context import VERSION

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
PACKAGES = [
    *("common", "accounts", "connections", "oncall", "alerts", "incidents", "actions", "chatops", "web"),
    *("integrations", "config"),
]
PAGES = sorted(
    [*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *ROOT.glob("integrations/*/README.md")],
    key=lambda path: path.relative_to(ROOT).as_posix(),
)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def text_of(page: str) -> str:
    return (REFERENCE / page).read_text(encoding="utf-8")


def sources() -> Iterator[Path]:
    """The product's own Python files."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "tests" not in path.parts and "contracts" not in path.parts:
                yield path


def table_names(page: str, pattern: str = r"[A-Za-z_][\w.{}-]*") -> set[str]:
    """What stands in the first column of the tables of a page, in backticks."""
    return set(re.findall(rf"^\| `({pattern})` \|", text_of(page), re.MULTILINE))


# --- Settings -----------------------------------------------------------------------------------------

READ = re.compile(r'\benv\.(?:text|switch|number|words)\(\s*["\']([A-Z][A-Z0-9_]+)["\']')
READ_BARE = re.compile(r'\bos\.environ(?:\.get\(|\.setdefault\(|\[)\s*["\']([A-Z][A-Z0-9_]+)["\']')
#: Django's own
NOT_OURS = {"DJANGO_SETTINGS_MODULE"}


def settings_read() -> set[str]:
    found: set[str] = set()
    for path in sources():
        text = path.read_text(encoding="utf-8")
        found |= set(READ.findall(text)) | set(READ_BARE.findall(text))
    return found - NOT_OURS


def test_every_setting_has_its_line() -> None:
    assert settings_read() - table_names("settings.md") == set()


def test_every_line_is_a_setting() -> None:
    elsewhere = "".join(
        path.read_text(encoding="utf-8")
        for path in [*ROOT.glob("tests/**/*.py"), *ROOT.glob("tests/*.sh"), *ROOT.glob("benchmarks/*.py")]
        if path != Path(__file__)
    )

    unread = {name for name in table_names("settings.md") - settings_read() if name not in elsewhere}

    assert unread == set()


def test_every_variable_of_an_integration_has_its_line() -> None:
    page = text_of("integrations.md")

    for manifest in manifests().values():
        for field in manifest.environment.values():
            line = next(line for line in page.splitlines() if line.startswith(f"| `{field}` |"))
            variable = re.findall(r"`([A-Z_]+)`", line)
            assert set(variable) <= table_names("settings.md"), field
            assert variable, field


# --- What is drawn from the code ------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_drawn_pages_and_pictures_are_up_to_date() -> None:
    assert stale(pages()) == [], "run make docs"


@pytest.mark.django_db
def test_a_page_or_picture_that_is_out_of_date_is_named() -> None:
    drawn = pages()
    picture = next(name for name in drawn if name.endswith(".svg"))

    assert stale({**drawn, picture: drawn[picture].replace("</svg>", " </svg>")}) == [picture]
    assert stale({name: text for name, text in drawn.items() if name != picture}) == [picture]
    assert stale({**drawn, "slack/new.svg": "<svg/>"}) == ["slack/new.svg"]


def test_every_picture_stands_on_a_page() -> None:
    shown = {
        (page.parent / link).resolve()
        for page in DOCS.rglob("*.md")
        for link in re.findall(r"^!\[[^\]]+\]\(([^)]+)\)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    }

    assert set(DOCS.rglob("*.svg")) == shown


def test_every_command_has_its_entry() -> None:
    page = text_of("commands.md")

    for command in registry().commands():
        assert f"### /{command.root} {command.name}".rstrip() in page
        for alias in command.aliases:
            assert f"`{alias}`" in page


def test_every_news_has_its_entry_and_its_listeners() -> None:
    page = text_of("news.md")
    known = {kind for classes in news_classes().values() for kind in classes}

    for kind in known:
        assert f"### {kind.__name__}" in page
        assert kind.__doc__
    for kind, functions in listeners().items():
        assert kind in known, kind
        for function in functions:
            assert f"`{function.__module__}.{function.__name__}`: " in page


def test_every_event_kind_has_its_entry() -> None:
    assert table_names("events.md") == set(all_kinds())


def test_every_integration_has_its_entry() -> None:
    page = text_of("integrations.md")

    for manifest in manifests().values():
        assert f"## {manifest.name}\n" in page
        assert manifest.summary in page


def test_every_management_command_has_its_entry() -> None:
    headings = re.findall(r"^## (\w+)$", text_of("manage.md"), re.MULTILINE)

    assert headings == sorted(own_commands())


# --- What is written by hand -----------------------------------------------------------------------------


_REFUSALS = {"Refused", "Invalid", "NotAllowed", "NotFound", "Conflict"}


def problem_codes() -> set[str]:
    """Every code that an API answer may carry."""
    found: set[str] = set()
    for path in sources():
        if path.parts[len(ROOT.parts)] == "integrations":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            if isinstance(node, ast.Call) and name in _REFUSALS:
                found |= {ast.literal_eval(word.value) for word in node.keywords if word.arg == "code"}
            elif isinstance(node, ast.Call) and name == "problem" and isinstance(node.args[1], ast.Constant):
                found.add(str(node.args[1].value))
    errors = ast.parse((ROOT / "common" / "errors.py").read_text(encoding="utf-8"))
    for node in ast.walk(errors):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "code":
            found.add(ast.literal_eval(node.value))
    from accounts.api.problems import _CODES

    return found | set(_CODES.values())


def test_every_problem_code_is_explained() -> None:
    assert table_names("problems.md") == problem_codes()


def test_every_metric_is_explained() -> None:
    source = (ROOT / "web" / "health" / "views.py").read_text(encoding="utf-8")
    metrics = set(re.findall(r'"(warroom_\w+)"', source))

    assert {name.split("{")[0] for name in table_names("health-and-metrics.md")} == metrics


def test_every_page_is_in_the_table_of_contents() -> None:
    contents = (DOCS / "README.md").read_text(encoding="utf-8")
    records = (DOCS / "adr" / "README.md").read_text(encoding="utf-8")

    for page in DOCS.rglob("*.md"):
        name = page.relative_to(DOCS).as_posix()
        if page.parent.name == "adr":
            assert name == "adr/README.md" or f"({page.name})" in records, name
        elif name != "README.md":
            assert f"({name})" in contents, name


def test_the_glossary_is_in_order_and_says_each_word_once() -> None:
    rows = re.findall(r"^\| ([a-z][^|]*?) \|", (DOCS / "glossary.md").read_text(encoding="utf-8"), re.MULTILINE)
    words = [row for row in rows if row != "word"]

    assert words == sorted(words)
    assert len(words) == len(set(words))


def test_the_version_is_one() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")

    assert f'version = "{VERSION}"' in project
    assert "## Unreleased" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


# --- Links, commands, addresses, names ------------------------------------------------------------------

LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def slug_of(heading: str) -> str:
    """The anchor that a heading gets."""
    plain = re.sub(r"[*`]", "", heading.strip().lower())
    return re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", plain))


def anchors_of(path: Path) -> set[str]:
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    return {slug_of(heading) for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    text = re.sub(r"`[^`\n]*`", "", text)
    for link in LINK.findall(text):
        if "://" in link or link.startswith("mailto:"):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{name_of(page)}: {link}"
        if anchor:
            assert anchor in anchors_of(target), f"{name_of(page)}: {link}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_typed_lines_are_commands(page: Path) -> None:
    """What the pages tell people to type is understood."""
    text = page.read_text(encoding="utf-8")
    typed = re.findall(r"^\s*(/(?:incident|help)\b[^\n]*)$", "\n".join(FENCE.findall(text)), re.MULTILINE)
    typed += re.findall(r"`(/(?:incident|help)\b[^`\n]*)`", FENCE.sub("", text))
    for line in typed:
        root, *words = line.lstrip("/").split()
        if "resovle" in line or "…" in line:  # what a slip of the finger does; any command
            continue
        takes_words = registry().get(root, "") if root != "incident" or not words else None
        assert registry().find(root, words) or takes_words, f"{name_of(page)}: {line}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_make_and_manage_know_what_the_pages_call(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    known = set(get_commands())
    for target in re.findall(r"(?:^|`)make ([a-z]+)", text, re.MULTILINE):
        assert target in targets, f"{name_of(page)}: make {target}"
    for command, rest in re.findall(r"manage\.py ([a-z_]+)([^`\n|&;]*)", text):
        assert command in known, f"{name_of(page)}: manage.py {command}"
        if command in own_commands():
            parser = own_commands()[command].create_parser("manage.py", command)
            flags = {flag for action in parser._actions for flag in action.option_strings}
            for flag in re.findall(r"(?<=\s)--[a-z-]+", rest):
                assert flag in flags, f"{name_of(page)}: manage.py {command} {flag}"


def test_the_readme_names_every_make_target_that_people_use() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    for target in ("run", "test", "check", "bench", "sweep", "docs"):
        assert re.search(rf"^make {target}\b", readme, re.MULTILINE), target


HOSTS = {
    *("127.0.0.1", "warroom.example.org", "mail.example.org", "s3.example.org", "host", "bucket", "dashboards.example"),
    *("slack.com", "slack-gov.com", "api.slack.com", "api.pagerduty.com", "events.pagerduty.com"),
    *("api.twilio.com", "ntfy.example.org"),
}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_pages_name_no_strange_hosts_and_no_places_of_one_machine(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    hosts = {host.split("@")[-1].split(":")[0] for host in re.findall(r"://([^/\s`)>\"']+)", text)}
    assert {host for host in hosts if host not in HOSTS} == set()
    assert re.findall(r"(?:^|[\s`(])/(?:root|home|work|Users)/", text) == []


NOT_THE_CAST = re.compile(
    r"\b(?:Alice|Bob|Carol|Dave|Eve|Mallory|Trent|Charlie|Ana|Anna|John|Jane|Mary|Peter|Paul|Tom|Sam|Alex|Maria|Emma"
    r"|Sarah|Mike|Frank|Grace|Heidi|Ivan|Judy|Erin|ana@|alice|bob|carol)\b"
)


def test_everybody_in_the_pages_belongs_to_the_cast() -> None:
    shown = [*PAGES, *ROOT.glob("templates/**/*.html"), *ROOT.glob("static/js/**/*.js"), *sources()]

    strangers = {
        f"{name_of(path)}: {found}"
        for path in shown
        for found in NOT_THE_CAST.findall(path.read_text(encoding="utf-8"))
    }

    assert strangers == set()


def test_lock_files_hold_no_addresses() -> None:
    locks = sorted(ROOT.glob("requirements*.txt"))

    assert len(locks) == 3
    for lock in locks:
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text, lock.name
        assert "--hash=sha256:" in text, lock.name
        assert not re.search(r"^\s*(?:--index-url|--extra-index-url|--find-links|-i|-f)\b", text, re.MULTILINE)
