"""Completion while typing."""

import pytest

from accounts.actors import Actor
from accounts.models import User
from chatops.context import Context
from chatops.registry import complete
from incidents.models import Incident
from oncall.models import Service
from tests.chatops.lines import random_lines
from tests.factories import make_private_incident


@pytest.fixture
def lines(actor_ada: Actor, room: Incident, bo: User, services: dict[str, Service]) -> object:
    def run(typed: str, by: Actor | None = None) -> list[str]:
        found = complete(typed, Context(by=by or actor_ada, typed=typed, incident=room))
        return [suggestion.line for suggestion in found]

    return run


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("/inc", "/incident "),
        ("/incident se", "/incident sev "),
        ("/incident ta", "/incident task add "),
        ("/incident task d", "/incident task done "),
        ("/incident sev ", "/incident sev 1 "),
        ("/incident sev maj", "/incident sev 2 "),
        ("/incident status fix", "/incident status fixing "),
        ("/incident lead ", "/incident lead @ada "),
        ("/incident lead @b", "/incident lead @bo "),
        ("/incident assign comms to ", "/incident assign comms to @ada "),
        ("/incident create x —se", "/incident create x --sev "),
        ("/incident create x --service pa", "/incident create x --service payments "),
        ("/incident service add c", "/incident service add checkout "),
        ("/incident remind ", "/incident remind 15m "),
        ("/incident postmortem export ", "/incident postmortem export md "),
    ],
)
def test_line_is_completed(lines: object, typed: str, expected: str) -> None:
    assert expected in lines(typed)  # type: ignore[operator]


def test_references_offer_only_what_is_seen(lines: object, room: Incident, ada: User, actor_bo: Actor) -> None:
    secret = make_private_incident("Canary", by=ada)

    assert f"/incident show #{room.pk} " in lines("/incident show #", actor_bo)  # type: ignore[operator]
    assert f"/incident show #{secret.pk} " not in lines("/incident show #", actor_bo)  # type: ignore[operator]


def test_free_text_is_left_alone(lines: object) -> None:
    assert lines("/incident note the cache is ") == []  # type: ignore[operator]
    assert lines("just talking") == []  # type: ignore[operator]


def test_random_lines_never_break_completion(lines: object) -> None:
    for typed in random_lines(150, seed=21):
        clean = typed.replace("\x00", "").encode("utf-8", "replace").decode()
        assert len(lines(clean)) <= 8  # type: ignore[operator]
