"""The real product and a real browser. Where there is no Chromium, these tests are skipped."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.people import Crowd
from tests.browser.product import Product, bare, seeded
from tests.browser.watching import Watch

_FOLDER = Path(__file__).parent
_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs a browser. What fills the product with rubbish comes last."""
    for item in items:
        if _FOLDER in item.path.parents:
            item.add_marker(pytest.mark.browser)
    items.sort(key=lambda item: item.path == _FOLDER / "test_injection.py")


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The demo organisation, served."""
    _need_chromium()
    found = seeded(tmp_path_factory.mktemp("warroom"))
    yield found
    found.stop()


@pytest.fixture(scope="session")
def empty_product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """An installation in which nothing has happened yet."""
    _need_chromium()
    found = bare(tmp_path_factory.mktemp("warroom-empty"))
    yield found
    found.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for a module. It ends with it: its event loop must not meet the tests of others."""
    _need_chromium()
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as driver:
        expect.set_options(timeout=6_000)
        browser = driver.chromium.launch(executable_path=_CHROMIUM, args=[*flags, "--disable-dev-shm-usage"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def watch() -> Watch:
    """Collects script errors, policy violations and requests to other hosts."""
    return Watch()


@pytest.fixture(scope="module")
def crowd(
    chromium: Browser, product: Product, watch: Watch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Crowd]:
    """Browsers for Ada, Bo, Cleo and Dan."""
    found = Crowd(chromium, product, watch, tmp_path_factory.getbasetemp())
    yield found
    found.close()


@pytest.fixture(autouse=True)
def _nothing_behind_our_back(request: pytest.FixtureRequest) -> Iterator[None]:
    """After each test: no script error, no blocked content, no request elsewhere, no fault in the log."""
    yield
    if "watch" in request.fixturenames:
        assert request.getfixturevalue("watch").take() == []
    for name in ("product", "empty_product"):
        if name in request.fixturenames:
            assert request.getfixturevalue(name).faults() == ""


def _need_chromium() -> None:
    if Path(_CHROMIUM).exists():
        return
    reason = "Chromium is not installed here"
    if os.environ.get("WARROOM_REQUIRE_SERVICES") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
