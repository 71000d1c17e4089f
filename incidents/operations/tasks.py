"""Action items: tasks during the incident, follow-ups after it."""

from datetime import UTC, datetime

from accounts.actors import Actor
from accounts.models import User
from common import clock
from common.errors import Invalid, NotFound
from common.operations import operation
from incidents.models import ActionItem, Incident
from incidents.operations.base import lock_incident, write_change
from incidents.operations.lines import find_event
from incidents.permissions import Doing, can_see
from incidents.rules import texts, times


@operation
def add_item(
    *,
    number: int,
    text: str,
    by: Actor,
    kind: str = ActionItem.TASK,
    owner: User | None = None,
    due_at: datetime | None = None,
    origin: int | None = None,
) -> ActionItem:
    """Write down work that somebody should do.

    :param kind: "task" (during) or "follow-up" (after).
    :param origin: sequence of the line it came from.
    """
    if kind not in (ActionItem.TASK, ActionItem.FOLLOW_UP):
        raise Invalid("kind is task or follow-up.", field="kind")
    incident = lock_incident(number, by, Doing.RUN)
    clean = texts.clean(text, "text", most=500, least=1, one_line=True)
    due_at = times.due(due_at, "due_at")
    _check_owner(incident, owner)
    line = find_event(incident, origin) if origin is not None else None
    last = incident.action_items.order_by("-number").values_list("number", flat=True).first() or 0
    item = ActionItem.objects.create(
        incident=incident,
        number=last + 1,
        kind=kind,
        text=clean,
        owner=owner,
        due_at=due_at,
        origin=line,
        created_by=by.user,
    )
    write_change(
        incident,
        "task.added",
        by=by,
        data={
            "number": item.number,
            "kind": kind,
            "text": clean,
            "owner": owner.name if owner else "",
            "due": due_at.isoformat() if due_at else None,
        },
        shown_on_cards=False,
    )
    return item


@operation
def finish_item(*, number: int, item: int, by: Actor) -> ActionItem:
    """It is done. Done already: nothing happens."""
    incident, found = _find(number, item, by)
    if found.done_at is None:
        found.done_at = clock.now()
        found.save(update_fields=["done_at"])
        _tell(incident, "task.done", found, by)
    return found


@operation
def reopen_item(*, number: int, item: int, by: Actor) -> ActionItem:
    """It is not done after all."""
    incident, found = _find(number, item, by)
    if found.done_at is not None:
        found.done_at = None
        found.save(update_fields=["done_at"])
        _tell(incident, "task.reopened", found, by)
    return found


@operation
def assign_item(*, number: int, item: int, owner: User | None, by: Actor) -> ActionItem:
    """Say who does it (None: nobody)."""
    incident, found = _find(number, item, by)
    _check_owner(incident, owner)
    if found.owner_id != (owner.pk if owner else None):
        found.owner = owner
        found.save(update_fields=["owner"])
        _tell(incident, "task.changed", found, by, what=f"owner {owner.name}" if owner else "nobody owns it")
    return found


@operation
def reword_item(*, number: int, item: int, text: str, by: Actor) -> ActionItem:
    """Say in other words what is to be done; the former words stay in the timeline."""
    incident, found = _find(number, item, by)
    clean, was = texts.clean(text, "text", most=500, least=1, one_line=True), found.text
    if clean != was:
        found.text = clean
        found.save(update_fields=["text"])
        _tell(incident, "task.changed", found, by, what=f"was “{was}”")
    return found


@operation
def set_due(*, number: int, item: int, due_at: datetime | None, by: Actor) -> ActionItem:
    """Say until when it should be done (None: whenever)."""
    incident, found = _find(number, item, by)
    due_at = times.due(due_at, "due_at")
    if found.due_at != due_at:
        found.due_at = due_at
        found.save(update_fields=["due_at"])
        until = f"due {due_at.astimezone(UTC):%Y-%m-%d %H:%M}Z" if due_at else "no due time"
        _tell(incident, "task.changed", found, by, what=until)
    return found


def _check_owner(incident: Incident, owner: User | None) -> None:
    if owner is not None and not (owner.is_active and can_see(owner, incident)):
        raise Invalid(f"{owner.name} can't see this incident. Invite them first.", field="owner")


def _find(number: int, item: int, by: Actor) -> tuple[Incident, ActionItem]:
    incident = lock_incident(number, by, Doing.RUN)
    found = incident.action_items.select_related("owner").filter(number=item).first()
    if found is None:
        raise NotFound(f"There is no action item {item} in #{number}.", field="item")
    return incident, found


def _tell(incident: Incident, kind: str, item: ActionItem, by: Actor, *, what: str = "") -> None:
    write_change(
        incident,
        kind,
        by=by,
        data={
            "number": item.number,
            "kind": item.kind,
            "text": item.text,
            "owner": item.owner.name if item.owner else "",
            **({"what": what} if what else {}),
        },
        shown_on_cards=False,
    )
