"""A database in which tests really commit, cleaned by deleting what they made.

pytest-django's `transaction=True` empties every table after each test, which on PostgreSQL takes seconds.
Tests that touch a few tables only use this: what threads of the product see must be committed.
"""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import setup_databases, teardown_databases
from pytest_django.plugin import DjangoDbBlocker

from connections.models import Attempt, Connection, Delivery, Lane, Received

_TABLES = (Attempt, Delivery, Lane, Received, Connection)
_REAL_NAME = connection.settings_dict["NAME"]


@pytest.fixture(scope="session")
def committed_database(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The test database, also where no chosen test has the mark that makes pytest-django build it."""
    if connection.settings_dict["NAME"] != _REAL_NAME:
        yield
        return
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False, aliases={"default"})
    yield
    with django_db_blocker.unblock():
        teardown_databases(made, verbosity=0)


@pytest.fixture
def committed(committed_database: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Rows of the package `connections` may be committed; they are gone after the test."""
    with django_db_blocker.unblock():
        yield
        for table in _TABLES:
            table._base_manager.all().delete()
