"""Migrations: none is missing, they depend on nothing of ours that moves, and they run from nothing."""

import ast
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command

from tests.config.conftest import make_house  # noqa: F401
from tests.config.house import House

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted(
    path
    for config in apps.get_app_configs()
    if Path(config.path).is_relative_to(ROOT) and ".venv" not in Path(config.path).parts
    for path in (Path(config.path) / "migrations").glob("[0-9]*.py")
)
#: references that Django writes by itself for a default and a validator; both stay where they are
WRITTEN_BY_DJANGO = {"common.clock", "accounts.models.user"}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_migration_imports_nothing_of_ours(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        for name in names:
            is_foreign = name.split(".")[0] in {"django", "datetime", "typing", "collections"}
            assert is_foreign or name in WRITTEN_BY_DJANGO, f"{name_of(path)} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_migration_says_what_it_does(path: Path) -> None:
    assert "_auto_" not in path.stem


@pytest.mark.processes
@pytest.mark.skipif(
    bool(os.environ.get("WARROOM_TEST_DATABASE_URL")), reason="both databases are tried in the first run"
)
def test_migrations_run_from_nothing(make_house: Callable[[], House]) -> None:  # noqa: F811
    house = make_house()

    house.run("migrate", "--verbosity", "0")

    assert house.run("migrate", "--plan").splitlines()[-1].strip() == "No planned migration operations."
    house.run("migrate", "--check")
    counted = house.do("from django.apps import apps; print([m._default_manager.count() for m in apps.get_models()])")
    assert counted.startswith("[")
