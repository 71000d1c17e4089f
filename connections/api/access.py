"""What belongs to an incident that the reader may not see is not shown here either.

This package knows incidents by number only. Who knows more says which numbers are hidden from a person;
until somebody has, nothing is shown at all.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from common.pending import Pending

#: a person → a queryset of one column: the numbers of the incidents that are hidden from them.
Hidden = Callable[[User], "QuerySet[Any]"]
_hidden: Hidden | None = None

#: where a row names its incident, in the order in which it is looked for.
_PATHS = (("incident_number", "incident_number"), ("incident", "incident"), ("room", "room__incident"))


class NobodyKnows(RuntimeError):
    """No package has said which incidents are hidden."""


def say_what_is_hidden(hidden: Hidden) -> None:
    """Register who knows (called once, by the package that owns incidents)."""
    global _hidden
    _hidden = hidden


def hidden_numbers(user: User) -> "QuerySet[Any]":
    """The numbers of the incidents that this person must not learn of.

    :raises NobodyKnows: nobody has registered.
    """
    if _hidden is None:
        raise NobodyKnows("no package has said which incidents are hidden")
    return _hidden(user)


def path_to_incident(table: type[Any]) -> str:
    """How the rows of a table name their incident; "" when they belong to none."""
    names = {field.name for field in table._meta.get_fields()}
    return next((path for name, path in _PATHS if name in names), "")


def shown_rows(table: type[Pending], user: User) -> "QuerySet[Any]":
    """The rows of a table of pending things whose incident the person may see, and those without one."""
    rows: QuerySet[Any] = table._default_manager.all()
    path = path_to_incident(table)
    return rows.exclude(**{f"{path}__in": hidden_numbers(user)}) if path else rows
