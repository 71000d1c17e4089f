"""The work that some reactions stand for. Called under the incident's lock, by `talk.react`."""

from accounts.actors import Actor
from incidents.models import ActionItem, Incident, TimelineEvent
from incidents.operations import tasks
from incidents.permissions import Doing, can
from incidents.rules.reactions import Meaning

_KINDS = {Meaning.TASK: ActionItem.TASK, Meaning.FOLLOW_UP: ActionItem.FOLLOW_UP}
_LONGEST = 500


def make_work(incident: Incident, target: TimelineEvent, meaning: Meaning | None, by: Actor) -> None:
    """Make a task or a follow-up of a line, once and by who may; on the line that tells of one, it is done."""
    kind = _KINDS.get(meaning) if meaning else None
    if kind is None or target.deleted_at is not None or not can(by, Doing.RUN, incident):
        return
    if target.kind == "task.added":
        item = incident.action_items.filter(number=target.data.get("number"), done_at__isnull=True).first()
        if item is not None:
            tasks.finish_item(number=incident.pk, item=item.number, by=by)
        return
    said = " ".join(target.shown_text.split())[:_LONGEST]
    if said and not incident.action_items.filter(origin=target, kind=kind).exists():
        tasks.add_item(number=incident.pk, text=said, by=by, kind=kind, origin=target.sequence)
