"""A place that can be sent to."""

from collections.abc import Iterator

import pytest

from connections import lanes
from tests.committed import committed, committed_database
from tests.connections.senders import KIND, Place

__all__ = ["committed", "committed_database", "place"]


@pytest.fixture
def place() -> Iterator[Place]:
    """Takes the chat's place as the sender of its lanes."""
    before = lanes._senders[KIND]
    found = Place()
    lanes.register_sender(KIND, found)
    yield found
    lanes.register_sender(KIND, before)
