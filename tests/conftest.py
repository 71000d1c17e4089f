"""What every test gets: the cast, a clean clock, an empty cache."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection

from common import clock
from tests.cast import *  # noqa: F403


def pytest_configure() -> None:
    """Nothing was collected for tests; the static files' directory is empty, but there."""
    settings.STATIC_ROOT = settings.DATA_DIR / "staticfiles"
    settings.STATIC_ROOT.mkdir(exist_ok=True)


@pytest.fixture(autouse=True)
def _fresh_process() -> Iterator[None]:
    """Nothing that one test left in this process reaches the next one."""
    yield
    clock.reset()
    cache.clear()
    for left in ("_warroom_heads", "_warroom_rung"):
        if hasattr(connection, left):
            delattr(connection, left)
