"""PATCH on an incident: each given field through its own operation, all in one transaction."""

from collections.abc import Callable
from typing import Any

from accounts.actors import Actor
from common.operations import operation
from incidents.models import Incident
from incidents.operations import facts, lifecycle
from incidents.operations.base import lock_incident
from incidents.permissions import Doing
from incidents.rules import texts

Change = Callable[[int, Any, Actor], object]


def _text(field: str) -> Change:
    return lambda number, value, by: facts.set_text(number=number, field=field, text=value, by=by)


def _time(name: str) -> Change:
    return lambda number, value, by: facts.correct_key_time(number=number, name=name, at=value, by=by)


def _tags(number: int, value: list[str], by: Actor) -> None:
    wanted = {texts.tag(tag) for tag in value}
    held = set(Incident.objects.values_list("tags", flat=True).get(pk=number))
    for tag in sorted(wanted - held):
        facts.add_tag(number=number, tag=tag, by=by)
    for tag in sorted(held - wanted):
        facts.remove_tag(number=number, tag=tag, by=by)


#: in the order in which they are done: facts before the status, key times last, so that a time that is
#: given wins over the one that a status sets.
_CHANGES: dict[str, Change] = {
    "title": lambda number, value, by: facts.rename(number=number, title=value, by=by),
    **{field: _text(field) for field in facts.TEXT_FIELDS},
    "severity": lambda number, value, by: facts.set_severity(number=number, severity=value, by=by),
    "tags": _tags,
    "status": lambda number, value, by: lifecycle.change_status(number=number, status=value, by=by),
    **{f"{name}_at": _time(name) for name in Incident.KEY_TIMES},
}


@operation
def change_incident(*, number: int, values: dict[str, Any], by: Actor) -> None:
    """Change what is given; one refusal undoes all.

    :raises NotFound: it does not exist or the actor must not learn that it does.
    """
    lock_incident(number, by, Doing.READ)
    for field, change in _CHANGES.items():
        if field in values:
            change(number, values[field], by)
