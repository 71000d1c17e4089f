"""`manage.py listen`: long-lived connections are kept up until the program is told to stop."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from config import ears as keeping
from config.ears import Ears
from integrations.kit import listeners as registry
from tests.config.house import ROOT, House


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "_LONGEST_PAUSE", 0.0)


def test_a_listener_is_registered_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_listeners", {})

    registry.register_listener("b", lambda stop: None)
    registry.register_listener("a", lambda stop: None)

    assert list(registry.listeners()) == ["a", "b"]


def test_each_listener_runs_until_it_is_told_to_stop() -> None:
    heard, stopped = threading.Event(), threading.Event()

    def run(stop: threading.Event) -> None:
        heard.set()
        stop.wait()
        stopped.set()

    ears = Ears({"one": run})
    ears.start()
    assert heard.wait(5)

    ears.stop()

    assert stopped.is_set()


def test_one_that_fails_is_started_again_and_harms_no_other(caplog: pytest.LogCaptureFixture) -> None:
    third, fine = threading.Event(), threading.Event()
    tries: list[int] = []

    def failing(stop: threading.Event) -> None:
        tries.append(1)
        if len(tries) == 3:
            third.set()
        raise ConnectionError("gone")

    ears = Ears({"failing": failing, "fine": lambda stop: fine.set() or (stop.wait() and None)})
    ears.start()

    assert third.wait(5)
    assert fine.wait(5)
    ears.stop()
    assert "the listener failing stopped" in caplog.text


@pytest.mark.processes
def test_it_says_what_it_listens_to_and_stops_when_told(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.run("migrate", "--verbosity", "0")
    with subprocess.Popen(
        [sys.executable, "manage.py", "listen"], cwd=ROOT, env=house.environment, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        said = program.stdout.readline()
        still_there = program.poll() is None
        program.send_signal(signal.SIGTERM)
        code = program.wait(timeout=20)

    assert said == "Listening: Slack (Socket Mode)\n"
    assert still_there
    assert code == 0
