"""Rows that are really committed, for threads."""

from tests.committed import committed

__all__ = ["committed"]
