"""The setup page and the code say the same."""

from pathlib import Path
from typing import Any

import pytest
import yaml

import integrations.slack
from chatops.registry import registry
from integrations.slack import inbound
from integrations.slack.app_manifest import BOT_EVENTS, TIMELINE_ADD, app_manifest
from integrations.slack.command_names import slash_names
from integrations.slack.manifest import MANIFEST

_README = (Path(integrations.slack.__file__).parent / "README.md").read_text(encoding="utf-8")
#: kinds of "message"
_SAID = {"app_mention", "message.channels", "message.groups", "message.im"}


@pytest.fixture
def app() -> dict[str, Any]:
    """The app manifest that people paste."""
    loaded: dict[str, Any] = yaml.safe_load(_README.split("```yaml")[1].split("```")[0])
    return loaded


def test_shows_the_manifest_that_the_code_makes(app: dict[str, Any]) -> None:
    """Not the same? `BASE_URL=https://warroom.example.org manage.py slack_manifest` prints what belongs there."""
    made = app_manifest("https://warroom.example.org", slash_names(registry().roots(), {}), by_socket=False)

    assert app == made.content


def test_subscribes_to_what_is_understood() -> None:
    asked = set(BOT_EVENTS) - _SAID

    assert set(inbound._EVENTS) == asked


def test_the_menu_entry_is_the_one_that_is_handled(app: dict[str, Any]) -> None:
    assert TIMELINE_ADD in [shortcut["callback_id"] for shortcut in app["features"]["shortcuts"]]


def test_each_field_of_the_form_is_explained() -> None:
    for field in MANIFEST.fields:
        assert field.label in _README or field.name == "app_token"
