"""Installations of their own, on each kind of database."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.config.house import House, Scratch
from tests.services import POSTGRES_URL, REQUIRED, answers

MakeHouse = Callable[[], House]


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def make_house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeHouse]:
    """`make_house()`: an installation without tables yet, on SQLite and then on PostgreSQL."""
    on_postgres = request.param == "postgresql"
    if on_postgres and not answers("postgres", POSTGRES_URL):
        if REQUIRED:
            pytest.fail(f"PostgreSQL is required and does not answer at {POSTGRES_URL}")
        pytest.skip(f"PostgreSQL does not answer at {POSTGRES_URL}")
    scratch = Scratch()

    def make() -> House:
        data: Path = tmp_path_factory.mktemp("house")
        return House(data, scratch.make() if on_postgres else "")

    yield make
    scratch.drop()
