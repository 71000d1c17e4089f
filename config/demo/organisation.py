"""The demo organisation: four people, their services, a past, and one incident that is going on."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from accounts import audit
from accounts.actors import SYSTEM, Actor
from accounts.models import AuditEntry, Role, Team, TeamMember, User
from chatops.models import Room
from common import clock
from config.demo.chart import chart
from config.demo.schedules import seed_policies, seed_requests, seed_schedules
from config.demo.stories import PAST, PRESENT, Story
from incidents.files import discard
from incidents.models import Attachment, Incident, TimelineEvent
from incidents.models.event import content_digest
from incidents.operations import facts, lifecycle, people, postmortems, talk, tasks, updates
from incidents.operations.attachments import keep_file
from incidents.operations.declare import declare_incident
from incidents.timeline.record import record_event
from oncall.models import Service

CAST = [
    ("ada@example.com", "Ada", Role.ADMIN, "Europe/Berlin"),
    ("bo@example.com", "Bo", Role.RESPONDER, "America/New_York"),
    ("cleo@example.com", "Cleo", Role.RESPONDER, "Asia/Tokyo"),
    ("dan@example.com", "Dan", Role.VIEWER, "Europe/London"),
]
SERVICES = [
    ("Checkout", "checkout", "The basket and everything up to the receipt.", "payments"),
    ("Payments", "payments", "Talks to the card processors.", "payments"),
    ("Mail", "mail", "Receipts, password mails, newsletters.", "platform"),
    ("Search", "search", "The product index and its API.", "platform"),
]
TEAMS = [("Payments", "payments", ["ada", "bo"]), ("Platform", "platform", ["bo", "cleo"])]


def seed_demo() -> str:
    """Make what is missing of the demo organisation; returns the password when the people are new."""
    password = ""
    with transaction.atomic():
        if not User.objects.filter(email=CAST[0][0]).exists():
            password = "-".join(secrets.token_hex(2) for _ in range(4))
        cast = {}
        for email, name, role, zone in CAST:
            user = User.objects.filter(email=email).first() or User.objects.create_user(
                email, password or None, name=name, role=role, time_zone=zone
            )
            cast[user.handle] = user
        for name, slug, handles in TEAMS:
            team, _ = Team.objects.get_or_create(slug=slug, defaults={"name": name})
            for handle in handles:
                TeamMember.objects.get_or_create(team=team, user=cast[handle])
        for name, slug, description, team_slug in SERVICES:
            Service.objects.get_or_create(
                slug=slug,
                defaults={
                    "name": name,
                    "description": description,
                    "team": Team.objects.get(slug=team_slug),
                },
            )
        if not Incident.objects.filter(is_demo=True).exists():
            for story in [*PAST, PRESENT]:
                _tell(story, cast)
        # After the stories: those are told, and nobody is paged for them.
        seed_schedules(cast)
        seed_policies(cast)
        seed_requests(cast)
    return password


def _tell(story: Story, cast: dict[str, User]) -> None:
    """Play a story through the real operations, then give every event its time in the past."""
    start = clock.now() - story.ago
    actors = {handle: Actor.person(user, "web") for handle, user in cast.items()}
    incident = declare_incident(
        by=actors[story.declared_by],
        title=story.title,
        severity=story.severity,
        impact=story.impact,
        summary=story.summary,
        services=story.services,
        tags=story.tags,
        is_demo=True,
    )
    number = incident.pk
    when: dict[int, timedelta] = {1: timedelta()}
    done = 1
    last_line = 0
    for minute, who, verb, text in story.steps:
        by = actors[who]
        if verb == "say":
            last_line = talk.say(number=number, text=text, by=by).sequence
        elif verb == "reply":
            talk.say(number=number, text=text, by=by, thread_of=last_line)
        elif verb == "pin":
            talk.pin(number=number, sequence=last_line, by=by)
        elif verb == "react":
            talk.react(number=number, sequence=last_line, emoji=text, by=by)
        elif verb in _ELSEWHERE:
            last_line = _ELSEWHERE[verb](number, text, Actor.person(cast[who], "slack"), last_line)
        elif verb == "lead":
            people.assign_role(number=number, role="commander", user=cast[who], by=by)
        elif verb == "role":
            role, handle = text.split()
            people.assign_role(number=number, role=role, user=cast[handle], by=by)
        elif verb == "join":
            people.join(number=number, by=by)
        elif verb == "status":
            lifecycle.change_status(number=number, status=text, by=by)
        elif verb == "sev":
            facts.set_severity(number=number, severity=int(text), by=by)
        elif verb in ("now", "doing", "need"):
            facts.set_text(number=number, field=verb, text=text, by=by)
        elif verb == "update":
            updates.publish_update(number=number, by=by, text=text)
        elif verb == "task":
            tasks.add_item(number=number, text=text, by=by, owner=cast[who])
        elif verb == "done":
            tasks.finish_item(number=number, item=int(text), by=by)
        elif verb == "followup":
            tasks.add_item(number=number, text=text, by=by, kind="follow-up", owner=cast[who])
        elif verb == "mitigate":
            lifecycle.mitigate(number=number, by=by, text=text)
        elif verb == "resolve":
            lifecycle.resolve_incident(number=number, by=by, text=text)
        head = Incident.objects.values_list("last_sequence", flat=True).get(pk=number)
        for sequence in range(done + 1, head + 1):
            when[sequence] = timedelta(minutes=minute, seconds=sequence % 40)
        done = head
    _move_back(incident, start, when)
    if story.postmortem:
        _write_postmortem(story, incident, actors)


def _picture(number: int, text: str, by: Actor, last: int) -> int:
    kept = keep_file(number=number, name="indexer-lag.png", content=chart(_LAG), by=by, alt=text)
    return talk.say(number=number, text=text, by=by, attachments=[kept.pk]).sequence


def _in_the_chat(number: int, text: str, by: Actor, last: int) -> int:
    return talk.say(number=number, text=text, by=by).sequence


def _react_there(number: int, text: str, by: Actor, last: int) -> int:
    """What the sign stands for is done, as for every reaction."""
    talk.react(number=number, sequence=last, emoji=text, by=by)
    return last


def _by_the_form(number: int, text: str, by: Actor, last: int) -> int:
    updates.publish_update(number=number, by=by, text=text, now="2.18.0 dropped batches; 2.17.4 runs", doing="")
    return last


def _chat_is_away(number: int, text: str, by: Actor, last: int) -> int:
    return _tell_room(number, "Slack is paused: it is down. The room goes on here, lines wait.", last)


def _chat_is_back(number: int, text: str, by: Actor, last: int) -> int:
    return _tell_room(number, "Slack is back: what waited goes over now, once and in order.", last)


def _tell_room(number: int, text: str, last: int) -> int:
    """What a room is told when somebody pauses a chat and lets it go on."""
    incident = Incident.objects.select_for_update(no_key=True).get(pk=number)
    record_event(incident, "room.step", by=SYSTEM, data={"text": text})
    return last


#: what happens in Slack, as if it were connected: number, text, who, the last line → the last line now
_ELSEWHERE: dict[str, Callable[[int, str, Actor, int], int]] = {
    "picture": _picture,
    "chat": _in_the_chat,
    "chat-react": _react_there,
    "chat-update": _by_the_form,
    "away": _chat_is_away,
    "back": _chat_is_back,
}
#: minutes the indexer was behind
_LAG = (1, 1, 2, 1, 2, 3, 5, 8, 12, 17, 22, 28, 33, 38, 41)


def _move_back(incident: Incident, start: datetime, when: dict[int, timedelta]) -> None:
    """Demo only: history is made in the past. Nobody has seen the events yet, so they and their audit entries
    are given the digests of these times."""
    fresh = Incident.objects.get(pk=incident.pk)
    shifts = {}
    for event in TimelineEvent.objects.filter(incident=fresh).order_by("sequence"):
        at = start + when[event.sequence]
        shifts[event.recorded_at] = at
        event.occurred_at = event.recorded_at = event.shown_at = at
        if event.pinned_at:
            event.pinned_at = at
        former, event.content_digest = event.content_digest, content_digest(event)
        event.save()
        AuditEntry.objects.filter(
            subject_kind="incident", subject_id=str(fresh.pk), content_digest=former, link__isnull=True
        ).update(content_digest=event.content_digest)
        if event.kind == "mitigated":
            fresh.mitigated_at = at
        elif event.kind == "status.changed" and event.data["new"] == "resolved":
            fresh.resolved_at = at
            fresh.mitigated_at = min(fresh.mitigated_at or at, at)
        elif event.kind == "update.published":
            fresh.last_update_at = at
            fresh.updates.filter(event=event).update(at=at)
        fresh.last_event_at = at
    fresh.declared_at = start
    fresh.detected_at = start - timedelta(minutes=2)
    fresh.started_at = start - timedelta(minutes=9)
    if fresh.last_update_at and fresh.is_open:
        fresh.update_due_at = clock.now() + timedelta(minutes=12)
    if fresh.severity_confirmed_at:
        fresh.severity_confirmed_at = start
    fresh.save()
    for item in fresh.action_items.all():
        item.created_at = fresh.last_event_at
        item.done_at = fresh.last_event_at if item.done_at else None
        item.save()
    for reply_root in TimelineEvent.objects.filter(incident=fresh, reply_count__gt=0):
        last = reply_root.replies.order_by("-sequence").first()
        reply_root.last_reply_at = last.shown_at if last else None
        reply_root.save(update_fields=["last_reply_at"])
    from incidents.operations.reminders import plan_reminders

    fresh.reminders.update(count=3)
    plan_reminders(fresh)


def _write_postmortem(story: Story, incident: Incident, actors: dict[str, Actor]) -> None:
    """Draft it anew from the moved times, then write in what the people learned."""
    from incidents.models import Postmortem
    from incidents.rules.postmortem import draft

    fresh = Incident.objects.get(pk=incident.pk)
    postmortem = Postmortem.objects.get(incident=fresh)
    body = draft(postmortems.gather(fresh))
    for placeholder, text in story.postmortem.items():
        if placeholder not in body:
            raise ValueError(f"the draft has no {placeholder!r}")
        body = body.replace(placeholder, text)
    by = actors[story.declared_by]
    postmortems.edit_postmortem(number=fresh.pk, body=body, version=postmortem.version, by=by)
    postmortems.move_postmortem(number=fresh.pk, state="review", by=by)
    if story.published:
        postmortems.move_postmortem(number=fresh.pk, state="published", by=actors["ada"])
    head = Incident.objects.values_list("last_sequence", flat=True).get(pk=fresh.pk)
    Postmortem.objects.filter(incident=fresh).update(drafted_from=head)


@transaction.atomic
def remove_demo() -> int:
    """Remove the demo incidents; their numbers are not used again and the audit stays."""
    rows = Incident.objects.filter(is_demo=True)
    numbers = list(rows.values_list("pk", flat=True))
    for room in Room.objects.filter(incident_id__in=numbers).select_related("lane"):
        lane = room.lane
        room.delete()
        lane.delete()
    for incident in rows:
        audit.record(SYSTEM, "demo.removed", "incident", incident.pk)
    for kept in Attachment.objects.filter(incident__in=numbers):
        transaction.on_commit(partial(discard, kept))
        kept.delete()
    rows.update(merged_into=None)
    rows.delete()
    return len(numbers)
