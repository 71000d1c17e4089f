"""The invariants, each a query over rows. Numbers are those of the documentation."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import chain, islice

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet
from django.utils.module_loading import import_string

from accounts import audit
from accounts.models import AuditEntry
from alerts.models import AlertGroup
from chatops.models import Room, RoomStep
from common import clock
from common.pending import LEASE, Pending, pending_tables
from config import doctor_paging
from connections.models import Attempt, Delivery, Lane, Received
from incidents.models import Incident, TimelineEvent
from incidents.models.event import content_digest
from incidents.timeline.kinds import all_kinds
from integrations.kit.manifest import manifests

Check = Callable[[], Iterator[str]]
_OLD = timedelta(seconds=60)
_BATCH = 1000


def examine() -> list[str]:
    """Run every check and return what is wrong, in words."""
    problems: list[str] = []
    for check in CHECKS:
        problems += check()
    return problems


def set_up_rightly() -> Iterator[str]:
    """What the integrations have to say of their own settings."""
    for manifest in manifests().values():
        if manifest.complaints:
            yield from import_string(manifest.complaints)()


def accepted_is_visible() -> Iterator[str]:
    """I1: every accepted request has an outcome, or is waiting its turn."""
    rows = Received.objects.filter(state=Received.DONE, outcome="")
    for row in rows[:20]:
        yield f"I1: received row {row.pk} is done without an outcome"


def one_open_group_per_key() -> Iterator[str]:
    """I2: at most one open group per (connection, key)."""
    twice = (
        AlertGroup.objects.exclude(state=AlertGroup.CLOSED)
        .values("connection", "key")
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
    )
    for row in twice[:20]:
        yield f"I2: {row['n']} open groups have the key {row['key']}"


def one_room_per_chat() -> Iterator[str]:
    """I5: one current room per incident and chat; a channel belongs to one incident."""
    twice = (
        Room.objects.filter(is_current=True).values("incident", "connection").annotate(n=Count("pk")).filter(n__gt=1)
    )
    for row in twice[:20]:
        yield f"I5: incident {row['incident']} has {row['n']} current rooms in one chat"
    shared = Room.objects.exclude(outside_id="").values("connection", "outside_id").annotate(n=Count("pk"))
    for channel in shared.filter(n__gt=1)[:20]:
        yield f"I5: channel {channel['outside_id']} belongs to {channel['n']} rooms"


def each_line_once() -> Iterator[str]:
    """I6: each chat message is in the timeline exactly once."""
    twice = (
        TimelineEvent.objects.filter(outside_id__isnull=False)
        .values("outside_id")
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
    )
    for row in twice[:20]:
        yield f"I6: {row['outside_id']} is in the timeline {row['n']} times"


def sequences_have_no_hole() -> Iterator[str]:
    """I7: sequences of an incident are 1 ... last, and the incident knows the last."""
    rows = Incident.objects.annotate(n=Count("events"), top=Max("events__sequence")).filter(
        ~Q(n=F("last_sequence")) | ~Q(top=F("last_sequence"))
    )
    for row in rows[:20]:
        yield f"I7: incident {row.pk} has {row.n} events, highest {row.top}, and says {row.last_sequence}"


def nothing_half_written() -> Iterator[str]:
    """I8: every step of a room is done, due, waiting for the channel, or a visible dead letter."""
    for room in Room.objects.filter(outside_id="", is_current=True).prefetch_related("steps")[:1000]:
        create = next((step for step in room.steps.all() if step.name == "create"), None)
        if create is None:
            yield f"I8: room {room.pk} has no step that makes its channel"
        elif create.state == Pending.DONE:
            yield f"I8: room {room.pk} says its channel was made but has no id of it"
    stuck = RoomStep.objects.filter(state=Pending.WAITING, due_at__isnull=True, room__is_current=True).exclude(
        room__outside_id=""
    )
    for step in stuck[:20]:
        yield f"I8: step {step.name} of room {step.room_id} waits for nothing"
    for incident in Incident.objects.filter(last_sequence=0)[:20]:
        yield f"I8: incident {incident.pk} has no event"


def nothing_goes_back_silently() -> Iterator[str]:
    """I10: a reopening has an actor and a reason."""
    for event in TimelineEvent.objects.filter(
        kind="status.changed", data__old__in=["resolved", "closed", "cancelled", "merged"]
    ).exclude(data__new__in=["closed", "resolved"])[:2000]:
        if not event.actor_name or not event.data.get("reason"):
            yield f"I10: #{event.incident_id} was reopened without actor or reason (line {event.sequence})"


def audit_is_whole() -> Iterator[str]:
    """I12: the chain is unbroken."""
    for problem in audit.verify():
        yield f"I12: {problem}"


def timeline_is_what_was_said() -> Iterator[str]:
    """I12: every event is what it was when it was written, and its audit entry says the same."""
    for number in Incident.objects.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=_BATCH):
        yield from islice(_changed_events(number), 20)


def _changed_events(number: int) -> Iterator[str]:
    """Walk the events of one incident in batches; of each only its digest is kept until the audit was asked."""
    digests: set[bytes] = set()
    events = TimelineEvent.objects.filter(incident_id=number).select_related("target").order_by("sequence")
    for event in events.iterator(chunk_size=_BATCH):
        digests.add(event.content_digest.encode())
        if content_digest(event) != event.content_digest:
            yield f"I12: line {event.sequence} of #{number} is not what it was when it was written"
    entries = (
        AuditEntry.objects.filter(subject_kind="incident", subject_id=str(number), action__in=all_kinds())
        .exclude(content_digest="")
        .order_by("pk")
        .values_list("pk", "action", "content_digest")
    )
    for pk, action, digest in entries.iterator(chunk_size=_BATCH):
        # What was said since the events were read is asked for once more.
        if digest.encode() not in digests and not events.filter(content_digest=digest).exists():
            yield f"I12: audit entry {pk} ({action}) seals a line that #{number} does not have any more"


def shown_is_what_the_log_says() -> Iterator[str]:
    """I12: words, time and deletion of a line as it is shown follow from the events that changed it."""
    for line in chain(_other_words(), islice(_other_times(), 20)):
        yield f"I12: line {line.sequence} of #{line.incident_id} is not shown as the log says"


def _other_words() -> QuerySet[TimelineEvent]:
    changes = TimelineEvent.objects.filter(target=OuterRef("pk"))
    deleted = Exists(changes.filter(kind="message.deleted"))
    reworded = Exists(changes.filter(kind="message.edited", text=OuterRef("shown_text")))
    wrong = TimelineEvent.objects.filter(
        (~Q(shown_text=F("text")) & ~reworded)
        | (Q(deleted_at__isnull=True) & deleted)
        | (Q(deleted_at__isnull=False) & ~deleted),
        target__isnull=True,
    )
    return wrong.order_by("pk")[:20]


def _other_times() -> Iterator[TimelineEvent]:
    moved = TimelineEvent.objects.filter(target__isnull=True).exclude(shown_at=F("occurred_at")).order_by("pk")
    for line in moved.iterator(chunk_size=_BATCH):
        last = line.changes.filter(kind="time.corrected").order_by("-sequence").first()
        if last is None or datetime.fromisoformat(last.data["at"]) != line.shown_at:
            yield line


def nothing_stuck() -> Iterator[str]:
    """I13: no lease is older than two leases, and nothing is due for over a minute without a reason."""
    now = clock.now()
    for table in pending_tables():
        rows = table._default_manager.filter(state=Pending.WAITING)
        for row in rows.filter(lease_until__lt=now - LEASE, due_at__isnull=False)[:20]:
            yield f"I13: {table._meta.label} {row.pk} is held since {row.lease_until:%H:%M:%S} by {row.lease_owner}"
        for row in table.due(now).filter(due_at__lt=now - _OLD, last_error="")[:20]:
            yield f"I13: {table._meta.label} {row.pk} is due since {row.due_at:%H:%M:%S} and nobody says why"


def deliveries_will_go() -> Iterator[str]:
    """I15: what is wanted is shown, waiting in a lane that is due, or given up visibly."""
    waiting = Delivery.objects.filter(dead_at__isnull=True, wanted__gt=F("shown"), lane__is_open=True)
    for delivery in waiting.filter(lane__due_at__isnull=True).select_related("lane")[:20]:
        yield f"I15: delivery {delivery.pk} waits in a lane that is not due"
    unknown = Attempt.objects.filter(
        ok__isnull=True, delivery__wanted=F("delivery__shown"), started_at__lt=clock.now() - _OLD
    )
    for attempt in unknown[:20]:
        yield f"I15: attempt {attempt.pk} has no result although its delivery is shown"
    for lane in Lane.objects.filter(state=Pending.DONE)[:20]:
        yield f"I15: lane {lane.pk} is marked done; lanes never are"


CHECKS: list[Check] = [
    set_up_rightly,
    accepted_is_visible,
    one_open_group_per_key,
    one_room_per_chat,
    each_line_once,
    sequences_have_no_hole,
    nothing_half_written,
    nothing_goes_back_silently,
    audit_is_whole,
    timeline_is_what_was_said,
    shown_is_what_the_log_says,
    nothing_stuck,
    deliveries_will_go,
    *doctor_paging.CHECKS,
]
