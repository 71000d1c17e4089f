"""A database in which tests really commit, cleaned by deleting what they made.

pytest-django's `transaction=True` empties every table after each test, which on PostgreSQL takes seconds.
Tests that touch a few tables only use this: what threads of the product see must be committed.
"""

from collections.abc import Iterator

import pytest
from pytest_django.plugin import DjangoDbBlocker

from connections.models import Attempt, Connection, Delivery, Lane, Received

_TABLES = (Attempt, Delivery, Lane, Received, Connection)


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Rows of the package `connections` may be committed; they are gone after the test."""
    with django_db_blocker.unblock():
        yield
        for table in _TABLES:
            table._base_manager.all().delete()
