"""One program and SQLite: it is alone on its data, and what a killed one held is free at once."""

import time

from tests.fakes.slack_server import FakeSlack
from tests.processes.conftest import MakeStack
from tests.processes.harness import EMBEDDED, free_port, wait_until
from tests.processes.stories import InBackground, Story, one_alert_one_line, settle
from tests.processes.test_killpoints import deadly


def test_two_programs_on_one_data_directory_are_refused(make_stack: MakeStack) -> None:
    stack = make_stack(EMBEDDED)
    stack.start()

    second = stack.manage("serve", "--port", str(free_port()))

    assert second.returncode == 1
    assert f"Warroom runs already with {stack.folder}; stop it first." in second.stderr
    assert stack.dead() == []
    assert stack.call("GET", "/incidents")[0] == 200

    stack.kill("serve")
    stack.revive()
    assert stack.call("GET", "/incidents")[0] == 200


def test_leases_of_a_killed_program_are_free_at_once(make_stack: MakeStack, slack: FakeSlack) -> None:
    stack = make_stack(EMBEDDED, slack=slack, WARROOM_LEASE_SECONDS="300")
    stack.start(**deadly(stack, "K3"))
    happening = InBackground(Story(stack, slack).webhook)
    wait_until(stack.dead, 30, "dying with the lease held")
    assert stack.count("SELECT count(*) FROM connections_received WHERE lease_until IS NOT NULL") == 1

    stack.revive()
    begin = time.monotonic()
    happening.done()
    settle(stack, 30)

    assert time.monotonic() - begin < 30
    one_alert_one_line(stack)
    assert "leases of the former run" in stack.tail("serve")
