"""The setup page and the code say the same."""

from pathlib import Path
from typing import Any

import pytest
import yaml

import integrations.slack
from integrations.slack import inbound
from integrations.slack.manifest import MANIFEST
from tests.fakes.slack_server.registry import ALL_SCOPES

_README = (Path(integrations.slack.__file__).parent / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def app() -> dict[str, Any]:
    """The app manifest that people paste."""
    loaded: dict[str, Any] = yaml.safe_load(_README.split("```yaml")[1].split("```")[0])
    return loaded


def test_asks_for_the_scopes_that_the_tests_run_with(app: dict[str, Any]) -> None:
    assert set(app["oauth_config"]["scopes"]["bot"]) == ALL_SCOPES


def test_subscribes_to_what_is_understood(app: dict[str, Any]) -> None:
    events = set(app["settings"]["event_subscriptions"]["bot_events"])

    assert events - {"app_mention", "message.channels", "message.groups", "message.im"} == set(inbound._EVENTS)


def test_every_entrance_is_named(app: dict[str, Any]) -> None:
    named = {
        app["settings"]["event_subscriptions"]["request_url"],
        app["settings"]["interactivity"]["request_url"],
        *(command["url"] for command in app["features"]["slash_commands"]),
    }

    assert named == {f"https://warroom.example.org/hooks/{door.path}" for door in MANIFEST.doors}


def test_the_menu_entry_is_the_one_that_is_handled(app: dict[str, Any]) -> None:
    assert [shortcut["callback_id"] for shortcut in app["features"]["shortcuts"]] == [inbound.TIMELINE_ENTRY]


def test_keeps_to_slacks_limits_for_manifests(app: dict[str, Any]) -> None:
    assert len(app["display_information"]["name"]) <= 35
    assert all(len(shortcut["name"]) <= 24 for shortcut in app["features"]["shortcuts"])
    assert all(command["should_escape"] for command in app["features"]["slash_commands"])


def test_each_field_of_the_form_is_explained() -> None:
    for field in MANIFEST.fields:
        assert field.label in _README or field.name == "app_token"
