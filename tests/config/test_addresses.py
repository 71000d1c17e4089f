"""Addresses that commands print lead to where Warroom is served."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from config.running import remember_port

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _a_data_directory(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DATA_DIR = tmp_path
    settings.BASE_URL = "http://127.0.0.1:8000"
    for name in ("BASE_URL", "PORT"):
        monkeypatch.delenv(name, raising=False)


def _link() -> str:
    out = StringIO()
    call_command("create_admin", "ada@example.com", stdout=out)
    return out.getvalue().splitlines()[-1]


def test_the_link_leads_to_the_port_that_is_served() -> None:
    remember_port(9123)

    assert _link().startswith("http://127.0.0.1:9123/accounts/")


def test_before_the_first_start_it_is_the_usual_port() -> None:
    assert _link().startswith("http://127.0.0.1:8000/accounts/")


def test_an_address_that_somebody_set_has_the_last_word(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    remember_port(9123)
    settings.BASE_URL = "https://warroom.example.org"
    monkeypatch.setenv("BASE_URL", settings.BASE_URL)

    assert _link().startswith("https://warroom.example.org/accounts/")


def test_a_file_that_holds_no_port_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "serve.port").write_text("nonsense", encoding="utf-8")

    assert _link().startswith("http://127.0.0.1:8000/accounts/")
