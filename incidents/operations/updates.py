"""Status updates."""

from datetime import timedelta

from accounts.actors import Actor
from common import clock
from common.errors import Invalid
from common.operations import operation
from incidents.models import Update
from incidents.operations.base import lock_incident, write_change
from incidents.operations.reminders import plan_reminders
from incidents.permissions import Doing
from incidents.rules import texts
from incidents.rules.lifecycle import update_interval_minutes


@operation
def publish_update(
    *,
    number: int,
    by: Actor,
    text: str = "",
    now: str | None = None,
    doing: str | None = None,
    need: str | None = None,
    public_text: str = "",
    next_in: timedelta | None = None,
) -> Update:
    """Tell everybody who follows where it stands, and when the next update comes.

    :param now: doing, need: None leaves the field as it is, "" clears it.
    :param next_in: default by severity: 30 min, 1 h, 4 h, none.
    :raises Invalid: nothing was said, or the next update is further than a week away.
    """
    if next_in is not None and not timedelta(minutes=1) <= next_in <= timedelta(days=7):
        raise Invalid("The next update comes in one minute to seven days.", field="next_in")
    incident = lock_incident(number, by, Doing.RUN, ended_is_fine=False)
    clean = texts.clean(text, "text", most=texts.LINE_LENGTH)
    public = texts.clean(public_text, "public_text", most=texts.LINE_LENGTH)
    fields = ["last_update_at", "update_due_at"]
    for name, value in (("now", now), ("doing", doing), ("need", need)):
        if value is not None:
            setattr(incident, f"{name}_text", texts.short(value, name))
            fields.append(f"{name}_text")
    parts = [
        f"{label}: {getattr(incident, column)}"
        for label, column in (("Now", "now_text"), ("Doing", "doing_text"), ("Need", "need_text"))
        if getattr(incident, column)
    ]
    if not clean and not parts:
        raise Invalid("Say where it stands: a text, or one of now, doing, need.", field="text")
    at = clock.now()
    incident.last_update_at = at
    if next_in is None:
        minutes = update_interval_minutes(incident.severity)
        next_in = timedelta(minutes=minutes) if minutes else None
    incident.update_due_at = at + next_in if next_in and incident.is_open else None
    said = "\n".join([*([clean] if clean else []), *parts])
    event = write_change(
        incident,
        "update.published",
        by=by,
        data={"text": said, "public": public, "next": _iso(incident.update_due_at)},
        fields=fields,
    )
    update = Update.objects.create(
        incident=incident,
        event=event,
        now_text=incident.now_text,
        doing_text=incident.doing_text,
        need_text=incident.need_text,
        text=clean,
        public_text=public,
        next_due_at=incident.update_due_at,
        at=at,
        by=by.user,
        by_name=by.name[:120],
    )
    plan_reminders(incident)
    return update


def _iso(at: object) -> str | None:
    return at.isoformat() if at is not None and hasattr(at, "isoformat") else None
