"""Taking a signal: stored once, folded into its group, told to whoever acts on it."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from alerts.models import Alert, AlertGroup
from alerts.news import AlertRouted
from alerts.rules.fold import TRIGGERED, Folded, Step, fold, fold_step
from alerts.rules.storable import storable
from common import clock
from common.moments import plausible
from common.news import tell
from common.operations import hold_name, operation
from connections.models import Connection, Received


@dataclass(frozen=True)
class Signal:
    """What a source says, in the core's words (made by an integration's `source.py`).

    `kind` is one of `alerts.rules.fold`'s; `name` is the source's own name of the event. `at` is when it
    happened (UTC). `agent` is who did it there. `text` is the line for people. `trouble` is the source's own
    id of what this is about, where it has one besides the key: all signals of one trouble go together, also
    those that don't carry the key (`has_key` is false, and `key` is provisional).
    """

    id: str
    key: str
    kind: str
    name: str
    at: datetime
    text: str
    title: str = ""
    severity: int | None = None
    service: str = ""
    url: str = ""
    agent: str = ""
    is_note: bool = False
    trouble: str = ""
    has_key: bool = True
    data: dict[str, Any] = field(default_factory=dict)


@operation
def take_signal(*, connection: Connection, signal: Signal, received: Received | None = None) -> Alert:
    """Store a signal and fold it into its group. The same signal again gives the stored one, unchanged."""
    known = _known(connection, signal)
    if known is not None:
        return known
    signal = replace(signal, at=plausible(signal.at, received.received_at if received else clock.now()))
    if signal.trouble:
        hold_name("alerts.trouble", connection.pk, signal.trouble)
    group, adopted = _group(connection, signal)
    known = _known(connection, signal)
    if known is not None:
        return known
    alert = _store(connection, group, signal, received)
    before = Folded.of_json(group.folded)
    step = step_of(alert)
    is_newest = before.status and before.is_before(step) and not adopted
    after = fold_step(before, step) if is_newest else _fold_all(group)
    _keep(group, signal, after)
    tell(AlertRouted(group_id=group.pk, alert_id=alert.pk, before=before, after=after, adopted=adopted))
    alert.refresh_from_db(fields=["outcome"])
    return alert


def _known(connection: Connection, signal: Signal) -> Alert | None:
    return Alert.objects.filter(connection=connection, outside_id=signal.id).first()


def _store(connection: Connection, group: AlertGroup, signal: Signal, received: Received | None) -> Alert:
    return Alert.objects.create(
        connection=connection,
        group=group,
        received=received,
        outside_id=signal.id,
        trouble=signal.trouble,
        kind=signal.kind,
        occurred_at=signal.at,
        data=storable(
            {
                "name": signal.name,
                "text": signal.text,
                "title": signal.title,
                "severity": signal.severity,
                "agent": signal.agent,
                "is_note": signal.is_note,
                "url": signal.url,
                **signal.data,
            }
        ),
    )


def step_of(alert: Alert) -> Step:
    """Return what folding looks at."""
    return Step(
        kind=alert.kind,
        at=alert.occurred_at,
        id=alert.outside_id,
        title=str(alert.data.get("title", "")),
        severity=alert.data.get("severity"),
        agent=str(alert.data.get("agent", "")),
    )


def _group(connection: Connection, signal: Signal) -> tuple[AlertGroup, tuple[int, ...]]:
    """Return the group that the signal belongs to, locked, and the earlier signals that it brings along.

    The signals of one trouble stay together, in a closed group too. Until its key is known a trouble waits
    in a group of its own; the first signal with the key takes it over, and one without a key never does.
    """
    waiting = None
    if signal.trouble:
        newest = Alert.objects.filter(connection=connection, trouble=signal.trouble).order_by("-pk").first()
        own = _locked(newest.group_id) if newest is not None and newest.group_id else None
        if own is not None and (not signal.has_key or own.key == signal.key or own.folded.get("status")):
            return own, ()
        waiting = own
    group = _group_of_key(connection, signal)
    if waiting is None:
        return group, ()
    adopted = tuple(waiting.alerts.values_list("pk", flat=True))
    Alert.objects.filter(pk__in=adopted).update(group=group)
    group.count += waiting.count
    group.first_at = min(group.first_at, waiting.first_at)
    group.last_at = max(group.last_at, waiting.last_at)
    waiting.delete()
    return group, adopted


def _group_of_key(connection: Connection, signal: Signal) -> AlertGroup:
    """Return the open group of the key, or begin one.

    A closed group takes what happened before it closed. A newer trigger begins another, and so does anything
    about a trouble that the closed group knows nothing of.
    """
    rows = AlertGroup.objects.select_for_update(no_key=True).filter(connection=connection, key=signal.key)
    group = rows.exclude(state=AlertGroup.CLOSED).first()
    if group is not None:
        return group
    closed = rows.filter(state=AlertGroup.CLOSED).order_by("-pk").first()
    if closed is not None and not signal.trouble and not _begins_anew(signal, closed):
        return closed
    made, _ = AlertGroup.objects.get_or_create(
        connection=connection,
        key=signal.key,
        state__in=[AlertGroup.FIRING, AlertGroup.ACKED, AlertGroup.RESOLVED],
        defaults={
            "state": AlertGroup.FIRING,
            "title": storable(signal.title or signal.text)[:300],
            "first_at": signal.at,
            "last_at": signal.at,
        },
    )
    return _locked(made.pk)


def _begins_anew(signal: Signal, closed: AlertGroup) -> bool:
    return signal.kind == TRIGGERED and closed.closed_at is not None and signal.at > closed.closed_at


def _locked(pk: int) -> AlertGroup:
    return AlertGroup.objects.select_for_update(no_key=True).get(pk=pk)


def _fold_all(group: AlertGroup) -> Folded:
    return fold(step_of(alert) for alert in group.alerts.all())


def _keep(group: AlertGroup, signal: Signal, after: Folded) -> None:
    group.folded = after.as_json()
    group.count += 1
    group.title = (after.title or group.title)[:300]
    group.severity = after.severity
    group.first_at = min(group.first_at, signal.at)
    group.last_at = max(group.last_at, signal.at)
    group.service_name = storable(signal.service)[:120] or group.service_name
    group.url = signal.url[:500] or group.url
    if group.state != AlertGroup.CLOSED:
        group.state = after.group_state
    group.save()
