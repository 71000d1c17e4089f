"""The manifest of the app: everything it needs, nothing Slack would refuse, one for each way in."""

import json
from io import StringIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from django.core.management import call_command

from integrations.slack import app_manifest as manifests
from integrations.slack.app_manifest import AppManifest, app_manifest, create_address
from integrations.slack.command_names import slash_names
from integrations.slack.manifest import MANIFEST
from integrations.slack.scopes import NAMES

BASE = "https://warroom.example.org"
ROOTS = ["help", "incident", "oncall", "runbook", "alerts", "status", "deploy", "rollback"]


def _made(*, by_socket: bool = False, base: str = BASE) -> AppManifest:
    return app_manifest(base, slash_names(ROOTS, {}), by_socket=by_socket)


def _addresses(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [found for each in value.values() for found in _addresses(each)]
    if isinstance(value, list):
        return [found for each in value for found in _addresses(each)]
    return [value] if isinstance(value, str) and value.startswith("http") else []


@pytest.mark.parametrize("by_socket", [False, True])
def test_yaml_and_json_say_the_same(by_socket: bool) -> None:
    made = _made(by_socket=by_socket)

    assert yaml.safe_load(made.as_yaml) == json.loads(made.as_json) == made.content


def test_over_http_every_entrance_is_named() -> None:
    found = set(_addresses(_made().content))

    doors = {f"{BASE}/hooks/{door.path}" for door in MANIFEST.doors}
    assert found == doors | {f"{BASE}/connections/slack/callback"}


def test_in_socket_mode_slack_is_given_no_address_to_call() -> None:
    made = _made(by_socket=True).content

    assert _addresses(made) == [f"{BASE}/connections/slack/callback"]
    assert made["settings"]["socket_mode_enabled"] is True
    assert made["settings"]["event_subscriptions"]["bot_events"]


def test_a_house_without_https_asks_for_no_way_back_by_oauth() -> None:
    assert "redirect_urls" not in _made(by_socket=True, base="http://127.0.0.1:8000").content["oauth_config"]


@pytest.mark.parametrize("by_socket", [False, True])
def test_keeps_to_slacks_limits(by_socket: bool) -> None:
    """docs.slack.dev/reference/app-manifest."""
    made = app_manifest(BASE, slash_names(ROOTS, {}), by_socket=by_socket, name="W" * 200).content
    about, features = made["display_information"], made["features"]

    assert len(about["name"]) <= 35
    assert len(about["description"]) <= 140
    assert 175 <= len(about["long_description"]) <= 4000
    assert len(features["bot_user"]["display_name"]) <= 80
    assert len(features["slash_commands"]) <= 50
    assert len(features["shortcuts"]) <= 10
    for each in features["shortcuts"]:
        assert len(each["name"]) <= 24
        assert len(each["description"]) <= 150
        assert len(each["callback_id"]) <= 255
    for each in features["slash_commands"]:
        assert len(each["command"]) <= 32
        assert len(each["description"]) <= 2000
        assert len(each["usage_hint"]) <= 1000
        assert each["should_escape"] is True
    assert len(made["oauth_config"]["scopes"]["bot"]) <= 255
    assert len(made["settings"]["event_subscriptions"]["bot_events"]) <= 100


def test_each_event_that_is_asked_for_has_its_permission() -> None:
    needs = {
        "app_mention": "app_mentions:read",
        "channel_": "channels:read",
        "file_shared": "files:read",
        "group_": "groups:read",
        "member_": "channels:read",
        "message.channels": "channels:history",
        "message.groups": "groups:history",
        "message.im": "im:history",
        "pin_": "pins:read",
        "reaction_": "reactions:read",
        "subteam_": "usergroups:read",
        "user_change": "users:read",
    }
    free = {"app_home_opened", "app_uninstalled", "tokens_revoked"}

    for event in set(manifests.BOT_EVENTS) - free:
        assert next(scope for start, scope in needs.items() if event.startswith(start)) in NAMES


def test_the_menus_have_the_entries_that_are_promised() -> None:
    entries = {(each["callback_id"], each["type"]) for each in _made().content["features"]["shortcuts"]}

    assert entries == {
        ("declare_incident", "global"),
        ("timeline_add", "message"),
        ("task_add", "message"),
        ("followup_add", "message"),
        ("declare_from", "message"),
    }


def test_slacks_page_gets_the_manifest_in_its_address() -> None:
    made = _made()

    address = urlsplit(create_address(made, "https://slack.com/api/"))

    assert (address.scheme, address.hostname, address.path) == ("https", "api.slack.com", "/apps")
    asked = parse_qs(address.query)
    assert asked["new_app"] == ["1"]
    assert json.loads(asked["manifest_json"][0]) == made.content


@pytest.mark.parametrize(
    ("api", "host"),
    [("https://slack-gov.com/api/", "api.slack-gov.com"), ("http://127.0.0.1:9/api/", "api.slack.com")],
)
def test_the_page_is_on_the_host_that_is_set(api: str, host: str) -> None:
    assert urlsplit(create_address(_made(), api)).hostname == host


def test_the_command_prints_it_and_says_which_names_slack_keeps(settings: Any) -> None:
    settings.BASE_URL = BASE
    settings.COMMAND_NAMES = {"incident": "remind"}
    out, err = StringIO(), StringIO()

    call_command("slack_manifest", stdout=out, stderr=err)

    made = yaml.safe_load(out.getvalue())["features"]["slash_commands"]
    assert [each["command"] for each in made] == ["/incident", "/oncall"]
    assert "/remind is Slack's own command" in err.getvalue()
