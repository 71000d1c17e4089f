"""Command names in Slack: the wished ones where they are free, and a plain reason where they are not."""

from typing import Any

import pytest

from config.doctor import examine
from integrations.slack.command_names import BUILT_IN, slash_names
from tests.factories import make_connection

ROOTS = ["alerts", "deploy", "help", "incident", "oncall", "rollback", "runbook", "status"]


def _names(called: dict[str, str], roots: list[str] = ROOTS) -> dict[str, str]:
    return {each.root: each.name for each in slash_names(roots, called)}


def test_every_root_has_its_own_name_but_status_and_help() -> None:
    assert _names({}) == {
        "incident": "incident",
        "alerts": "alerts",
        "deploy": "deploy",
        "oncall": "oncall",
        "rollback": "rollback",
        "runbook": "runbook",
        "status": "svc",
    }
    assert not any(each.refused for each in slash_names(ROOTS, {}))


def test_roots_are_renamed() -> None:
    assert _names({"incident": "inc", "status": "board"})["incident"] == "inc"
    assert _names({"incident": "inc", "status": "board"})["status"] == "board"


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_slacks_own_words_are_refused_and_another_is_offered(name: str) -> None:
    found = slash_names(["incident"], {"incident": name})[0]

    assert found.name == "incident"
    assert found.refused == (
        f"/{name} is Slack's own command. In Slack it is /incident instead; take incident={name} out of "
        "WARROOM_COMMAND_NAMES."
    )


def test_status_named_status_stays_svc_and_says_why() -> None:
    found = slash_names(["status"], {"status": "status"})[0]

    assert found.name == "svc"
    assert "/status is Slack's own command" in found.refused
    assert found.refused.endswith("write status=svc in WARROOM_COMMAND_NAMES.")


def test_a_root_whose_every_name_is_taken_is_reached_through_incident() -> None:
    found = {each.root: each for each in slash_names(["incident", "who"], {})}["who"]

    assert found.name == ""
    assert "/incident who reaches it" in found.refused
    assert "who=wr-who" in found.refused


@pytest.mark.parametrize("name", ["", "In Cident", "Inc", "inc!", "ä", "i" * 32])
def test_what_is_no_name_for_slack_is_refused(name: str) -> None:
    found = slash_names(["incident"], {"incident": name})[0]

    assert found.name == "incident"
    assert "is no name for a command in Slack" in found.refused


def test_two_roots_can_not_have_one_name() -> None:
    found = {each.root: each for each in slash_names(["incident", "oncall"], {"oncall": "incident"})}

    assert found["incident"].name == "incident"
    assert found["oncall"].name == "oncall"
    assert "another of our commands" in found["oncall"].refused


@pytest.mark.usefixtures("the_clock_ran")
def test_the_doctor_says_it_where_slack_is_connected(settings: Any) -> None:
    settings.COMMAND_NAMES = {"incident": "who"}
    assert examine() == []

    make_connection("slack")

    assert examine() == [
        "Slack: /who is Slack's own command. In Slack it is /incident instead; take incident=who out of "
        "WARROOM_COMMAND_NAMES."
    ]
