"""A pager with a journal, installed for the test."""

import pytest

from oncall import ports
from tests.fakes.pager import KIND, FakePager


@pytest.fixture
def pager(monkeypatch: pytest.MonkeyPatch) -> FakePager:
    made = FakePager()
    monkeypatch.setitem(ports._pagers, KIND, made)
    return made
