"""What every test gets: the cast, a clean clock, an empty cache."""

import os
from collections.abc import Iterator
from datetime import time

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection

from common import clock
from common.pending import pending_tables
from tests.cast import *  # noqa: F403


def pytest_configure() -> None:
    """Nothing was collected for tests; the static files' directory is empty, but there."""
    settings.STATIC_ROOT = settings.DATA_DIR / "staticfiles"
    settings.STATIC_ROOT.mkdir(exist_ok=True)


#: files that take minutes begin first, so that no worker is left alone with one at the end
_LONG = ("tests/processes/", "tests/browser/")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The second database has nothing to say to tests that ask no database: those ran with the first."""
    items.sort(key=lambda item: not item.nodeid.startswith(_LONG))
    if not os.environ.get("WARROOM_TEST_DATABASE_URL"):
        return
    without = [item for item in items if not _asks_a_database(item)]
    items[:] = [item for item in items if _asks_a_database(item)]
    if without:
        config.hook.pytest_deselected(items=without)


def _asks_a_database(item: pytest.Item) -> bool:
    fixtures: list[str] = getattr(item, "fixturenames", [])
    return item.get_closest_marker("django_db") is not None or "db" in fixtures or "transactional_db" in fixtures


@pytest.fixture(autouse=True)
def _fresh_process() -> Iterator[None]:
    """Nothing that one test left in this process reaches the next one."""
    yield
    clock.reset()
    cache.clear()
    for left in ("_warroom_heads", "_warroom_rung"):
        if hasattr(connection, left):
            delattr(connection, left)
    # What keeps the audit's heads outside of the database may have become due in a test that moves the clock.
    (settings.DATA_DIR / "audit-heads.log").unlink(missing_ok=True)


@pytest.fixture(autouse=True)
def _never_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests run at any hour: nobody has quiet hours who has not said so."""
    monkeypatch.setattr("oncall.operations.quiet.FROM", time(0))
    monkeypatch.setattr("oncall.operations.quiet.TO", time(0))


@pytest.fixture
def the_clock_ran(db: None) -> None:
    """For tests that ask the doctor: nobody works off the standing chores here, and a run may be long by now."""
    for table in pending_tables():
        if table.standing is not None:
            table._default_manager.update(due_at=clock.now())
