"""kill -9 at every named point, in both modes: restarted at once, everything is there, and once.

One run each in `make test`; `make sweep` repeats them (WARROOM_REPEATS) and prints the table.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.slack_server import FakeSlack
from tests.processes import table
from tests.processes.conftest import MakeStack
from tests.processes.harness import EMBEDDED, PRODUCTION, Stack, wait_until
from tests.processes.stories import (
    InBackground,
    Story,
    ada_is_invited,
    every_line_once,
    one_alert_one_line,
    one_file,
    one_incident_one_channel_one_card,
    one_line_no_echo,
    settle,
)

REPEATS = int(os.environ.get("WARROOM_REPEATS", "1"))
MODES = (EMBEDDED, PRODUCTION)
#: before the raw row, before the answer, before parsing, before the commit, before the wake-up
INTAKE = ("K1", "K2", "K3", "K4", "K5")
#: claimed · channel asked · made, id not stored · before topic, pin · posted, ts not stored · before invites
SAGA = ("K6", "K16", "K17", "K18", "K19", "K20", "K21")
#: an event received, stored and not answered, understood and not written, written and not committed
TALK = ("K1", "K2", "K22", "K23")

each = pytest.mark.parametrize("run", range(REPEATS))
modes = pytest.mark.parametrize("mode", MODES)


@each
@modes
@pytest.mark.parametrize("point", INTAKE)
def test_a_webhook_survives(
    point: str,
    mode: str,
    run: int,
    make_stack: MakeStack,
    slack: FakeSlack,
    record_property: Callable[[str, object], None],
) -> None:
    table.note(record_property, f"{point} webhook", mode)
    stack = make_stack(mode, slack=slack)
    stack.start(**deadly(stack, point))

    happening = InBackground(Story(stack, slack).webhook)
    die_and_come_back(stack)
    happening.done()

    settle(stack)
    one_alert_one_line(stack)
    one_incident_one_channel_one_card(stack, slack)
    assert stack.doctor() == ""


@each
@modes
@pytest.mark.parametrize("point", SAGA)
def test_a_room_is_made_once(
    point: str,
    mode: str,
    run: int,
    make_stack: MakeStack,
    slack: FakeSlack,
    record_property: Callable[[str, object], None],
) -> None:
    table.note(record_property, f"{point} room", mode)
    stack = make_stack(mode, slack=slack)
    stack.start(**deadly(stack, point))

    happening = InBackground(Story(stack, slack).declare)
    die_and_come_back(stack)
    happening.done()

    settle(stack)
    one_incident_one_channel_one_card(stack, slack)
    ada_is_invited(slack)
    assert stack.doctor() == ""


@each
@modes
@pytest.mark.parametrize("point", TALK)
def test_a_line_from_the_chat_survives(
    point: str,
    mode: str,
    run: int,
    make_stack: MakeStack,
    slack: FakeSlack,
    record_property: Callable[[str, object], None],
) -> None:
    table.note(record_property, f"{point} chat line", mode)
    stack = make_stack(mode, slack=slack)
    stack.start(**deadly(stack, point))
    story = Story(stack, slack)
    story.room()

    happening = InBackground(story.line)
    die_and_come_back(stack)
    happening.done()

    settle(stack)
    one_line_no_echo(stack, slack)
    one_incident_one_channel_one_card(stack, slack)
    assert stack.doctor() == ""


@each
@modes
def test_a_file_that_was_half_down_is_kept_once(
    mode: str, run: int, make_stack: MakeStack, slack: FakeSlack, record_property: Callable[[str, object], None]
) -> None:
    table.note(record_property, "K24 file", mode)
    stack = make_stack(mode, slack=slack)
    stack.start(**deadly(stack, "K24"))
    story = Story(stack, slack)
    story.room()

    happening = InBackground(story.file)
    die_and_come_back(stack)
    happening.done()

    settle(stack)
    one_file(stack)
    one_incident_one_channel_one_card(stack, slack)
    assert stack.doctor() == ""


@each
@modes
def test_a_backfill_over_live_lines_doubles_nothing(
    mode: str, run: int, make_stack: MakeStack, slack: FakeSlack, record_property: Callable[[str, object], None]
) -> None:
    table.note(record_property, "K25 backfill", mode)
    stack = make_stack(mode, slack=slack)
    stack.start(**deadly(stack, "K25"))
    story = Story(stack, slack)
    story.room()

    happening = InBackground(story.gap)
    die_and_come_back(stack)
    happening.done()

    settle(stack)
    every_line_once(stack, slack)
    one_incident_one_channel_one_card(stack, slack)
    assert stack.doctor() == ""


def deadly(stack: Stack, point: str) -> dict[str, str]:
    """The environment in which the first process that passes the point dies there."""
    return {"WARROOM_KILLPOINT": point, "WARROOM_KILLPOINT_FILE": str(marker(stack))}


def marker(stack: Stack) -> Path:
    return stack.folder / "died-here"


def die_and_come_back(stack: Stack) -> None:
    """Wait until a process has died at its kill point, and start it again without waiting."""
    wait_until(stack.dead, 30, "dying at the kill point")
    assert marker(stack).exists(), f"it died elsewhere:\n{stack.tail()}"
    stack.revive()
