"""Whatever a genuine request holds: it is understood, or it is said why not. Nothing crashes."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.operations.signals import Signal, take_signal
from connections.intake import Unreadable
from connections.models import Connection
from integrations.pagerduty.source import read_event, to_signal
from tests.factories import make_connection

FIXTURES = Path(__file__).resolve().parent.parent.parent / "integrations" / "pagerduty" / "fixtures"
REAL = [json.loads(path.read_bytes()) for path in sorted(FIXTURES.glob("*.json"))]
SWEEP = os.environ.get("WARROOM_SWEEP") == "1"

texts = st.text(max_size=30) | st.sampled_from(["\0", "\ud800", "", " ", "P1", "https://x y", "9" * 400, "\u202e"])
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
junk = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=8
)


@st.composite
def spoiled(draw: st.DrawFn) -> Any:
    """A real event in which something was replaced, added or taken away."""
    value = json.loads(json.dumps(draw(st.sampled_from(REAL))))
    for _ in range(draw(st.integers(1, 4))):
        place: Any = value["event"] if draw(st.booleans()) and isinstance(value.get("event"), dict) else value
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            inner = place[key]
            if isinstance(inner, dict | list) and inner and draw(st.integers(0, 3)):
                place = inner
                continue
            if isinstance(place, dict) and not draw(st.integers(0, 4)):
                del place[key]
            else:
                place[key] = draw(junk)
            break
    return value


def read(raw: bytes) -> Signal | None:
    """What the handler does before it writes."""
    return to_signal(read_event(raw))


@settings(max_examples=20_000 if SWEEP else 400, deadline=None, database=None)
@given(spoiled() | junk)
def test_any_json_is_understood_or_refused_in_words(value: Any) -> None:
    try:
        signal = read(json.dumps(value).encode())
    except Unreadable as error:
        signal, reason = None, str(error)
        assert reason.encode()
    if signal is not None:
        assert 0 < len(signal.id) <= 120
        assert 0 < len(signal.key) <= 300
        assert 0 < len(signal.trouble) <= 120
        assert signal.at.tzinfo is not None
        assert "\0" not in signal.text + signal.title + signal.id + signal.key


@settings(max_examples=5_000 if SWEEP else 200, deadline=None, database=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_in_words(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        read(raw)


@pytest.mark.django_db
@settings(
    max_examples=2_000 if SWEEP else 80,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(spoiled())
def test_whatever_was_understood_can_be_stored(value: Any) -> None:
    try:
        signal = read(json.dumps(value).encode())
    except Unreadable:
        return
    if signal is not None:
        connection, _ = Connection.objects.get_or_create(kind="pagerduty", name="fuzz")
        take_signal(connection=connection, signal=signal)


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 1_000_000,
        b'{"event":' * 200_000,
        b'"' + b"\\ud800" * 1000 + b'"',
        b"1" * 100_000,
        b'{"event":' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}",
        "\ufeff{}".encode(),
    ],
    ids=lambda raw: f"{len(raw)} bytes",
)
def test_bombs_are_refused(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        read(raw)


@pytest.mark.django_db
def test_ten_megabytes_of_text_become_a_line_of_bounded_length() -> None:
    value = json.loads((FIXTURES / "incident.triggered.json").read_bytes())
    value["event"]["data"]["title"] = "x" * 10_000_000

    signal = read(json.dumps(value).encode())

    assert signal is not None
    alert = take_signal(connection=make_connection("pagerduty"), signal=signal)
    assert len(json.dumps(alert.data)) < 5000
