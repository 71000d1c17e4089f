"""The postmortem: drafted from the log, written by people, published once reviewed."""

from datetime import timedelta
from typing import Any

from django.db.models import Q

from accounts import audit
from accounts.actors import Actor
from common import clock
from common.errors import Conflict, Invalid, NotFound
from common.ids import digest
from common.operations import operation
from incidents.models import Incident, Postmortem, RoleAssignment, Severity, Status, TimelineEvent
from incidents.operations.base import lock_incident, write_change
from incidents.permissions import Doing
from incidents.queries import story
from incidents.rules import texts
from incidents.rules.postmortem import Material, Moment, draft, story_line
from incidents.rules.reactions import Meaning, meanings

_DUE_AFTER = timedelta(days=5)
_MOST_STORY = 300
_BODY_LENGTH = 200_000
_MOVES = {
    (Postmortem.DRAFT, Postmortem.REVIEW),
    (Postmortem.REVIEW, Postmortem.DRAFT),
    (Postmortem.REVIEW, Postmortem.PUBLISHED),
    (Postmortem.PUBLISHED, Postmortem.DRAFT),
}


def draft_postmortem(incident: Incident, by: Actor) -> Postmortem:
    """Make the draft when there is none yet; the caller holds the incident's lock.

    After a second resolve the text that people wrote stays: what came since is offered instead.
    """
    existing = Postmortem.objects.filter(incident=incident).first()
    if existing is not None:
        return existing
    postmortem = Postmortem.objects.create(
        incident=incident,
        body=draft(gather(incident)),
        drafted_from=incident.last_sequence,
        due_at=clock.now() + _DUE_AFTER if incident.severity <= Severity.SEV3 else None,
    )
    write_change(incident, "postmortem.drafted", by=by.on("system"), data={}, shown_on_cards=False)
    Postmortem.objects.filter(pk=postmortem.pk).update(drafted_from=incident.last_sequence)
    return postmortem


@operation
def start_postmortem(*, number: int, by: Actor) -> Postmortem:
    """Make the draft by hand, before or without a resolve."""
    incident = lock_incident(number, by, Doing.RUN)
    return draft_postmortem(incident, by)


@operation
def edit_postmortem(*, number: int, body: str, version: int, by: Actor) -> Postmortem:
    """Write the text. `version` is the one that the writer started from.

    :raises Conflict: it is published, or somebody else saved meanwhile; nothing is overwritten.
    """
    incident = lock_incident(number, by, Doing.RUN)
    postmortem = _get(incident)
    clean = texts.clean(body, "body", most=_BODY_LENGTH)
    _refuse_published(postmortem)
    if postmortem.version != version:
        who = postmortem.edited_by.name if postmortem.edited_by else "Somebody"
        raise Conflict(
            f"{who} saved version {postmortem.version} meanwhile; yours started from {version}.",
            field="version",
            hint="Your text is kept in the form: compare, then save again.",
        )
    if clean != postmortem.body:
        postmortem.body = clean
        postmortem.version += 1
        postmortem.edited_at = clock.now()
        postmortem.edited_by = by.user
        postmortem.save(update_fields=["body", "version", "edited_at", "edited_by"])
        audit.record(
            by,
            "postmortem.edited",
            "incident",
            number,
            after={"version": postmortem.version},
            content_digest=digest(postmortem.body),
        )
    return postmortem


@operation
def move_postmortem(*, number: int, state: str, by: Actor) -> Postmortem:
    """Send it to review, publish it after that, or take it back to draft. The log keeps what was published.

    :raises Invalid: no such state. :raises Conflict: the incident is still open, or that is not its way.
    """
    if state not in dict(Postmortem.STATES):
        raise Invalid("state is draft, review or published.", field="state")
    incident = lock_incident(number, by, Doing.RUN)
    postmortem = _get(incident)
    old = postmortem.state
    if old == state:
        return postmortem
    if state == Postmortem.PUBLISHED and incident.status not in (Status.RESOLVED, Status.CLOSED):
        raise Conflict("Resolve the incident before publishing its postmortem.", field="state")
    if (old, state) not in _MOVES:
        raise Conflict(
            f"A {old} postmortem can't become {state}.",
            field="state",
            hint="The way is draft, review, published; from published back to draft.",
        )
    postmortem.state = state
    published = state == Postmortem.PUBLISHED
    postmortem.published_at = clock.now() if published else None
    postmortem.published_by = by.user if published else None
    postmortem.save(update_fields=["state", "published_at", "published_by"])
    write_change(
        incident,
        "postmortem.state",
        by=by,
        data={"old": old, "new": state, **(_as_published(postmortem) if published else {})},
        before={"state": old},
        after={"state": state, "version": postmortem.version},
        shown_on_cards=False,
    )
    return postmortem


def _as_published(postmortem: Postmortem) -> dict[str, Any]:
    """What the log keeps of a published text: all of it, so that later versions don't replace it."""
    return {"version": postmortem.version, "body": postmortem.body}


def _refuse_published(postmortem: Postmortem) -> None:
    if postmortem.state == Postmortem.PUBLISHED:
        raise Conflict("It is published; take it back to draft first, then edit.", field="state")


@operation
def take_offers(*, number: int, by: Actor, insert: bool) -> Postmortem:
    """Insert what the timeline gained since the draft at the end of the story, or wave it away."""
    incident = lock_incident(number, by, Doing.RUN)
    postmortem = _get(incident)
    moments = offers(postmortem)
    if insert:
        _refuse_published(postmortem)
    if insert and moments:
        lines = "\n".join(story_line(moment) for moment in moments)
        head, mark, tail = postmortem.body.partition("\n## What fixed it")
        postmortem.body = (
            f"{head.rstrip()}\n{lines}\n{mark}{tail}" if mark else f"{postmortem.body.rstrip()}\n\n{lines}\n"
        )
        postmortem.version += 1
        postmortem.edited_at, postmortem.edited_by = clock.now(), by.user
    postmortem.drafted_from = incident.last_sequence
    postmortem.save(update_fields=["body", "version", "edited_at", "edited_by", "drafted_from"])
    audit.record(by, "postmortem.offers", "incident", number, after={"inserted": insert, "n": len(moments)})
    return postmortem


def offers(postmortem: Postmortem) -> list[Moment]:
    """What became part of the story after the draft: new events and later pins."""
    incident = postmortem.incident
    changed = TimelineEvent.objects.filter(
        incident=incident, sequence__gt=postmortem.drafted_from, kind__in=["pinned", "message.edited"]
    ).values("target_id")
    rows = story(incident)
    return [
        _moment(event)
        for event in (rows.filter(sequence__gt=postmortem.drafted_from) | rows.filter(pk__in=changed))[:100]
    ]


def gather(incident: Incident) -> Material:
    """Collect what a draft is made of."""
    events = list(story(incident)[:_MOST_STORY])
    roles = RoleAssignment.objects.filter(incident=incident).select_related("user").order_by("assigned_at")
    resolution = next(
        (
            event.data.get("reason", "")
            for event in reversed(events)
            if event.kind == "status.changed" and event.data.get("new") == Status.RESOLVED
        ),
        "",
    )
    asked = Q(reactions__has_any_keys=meanings()[Meaning.QUESTION])
    questions = incident.events.filter(asked, target__isnull=True, deleted_at__isnull=True).order_by("shown_at", "id")
    return Material(
        number=incident.pk,
        title=incident.title,
        severity=incident.severity,
        severity_name=Severity(incident.severity).label,
        summary=incident.summary,
        impact=incident.impact,
        resolution=resolution,
        services=[service.name for service in incident.services.all()],
        times=[(name, getattr(incident, f"{name}_at")) for name in Incident.KEY_TIMES],
        people=list(dict.fromkeys((role.user.name, role.role) for role in roles)),
        story=[_moment(event) for event in events if event.kind != "postmortem.drafted"],
        items=[
            (item.kind, item.text, item.owner.name if item.owner else "", item.is_done)
            for item in incident.action_items.select_related("owner")
        ],
        questions=[_moment(event) for event in questions[:50]],
    )


def _moment(event: TimelineEvent) -> Moment:
    said_by_person = event.kind in ("message", "note", "update.published")
    return Moment(
        at=event.shown_at,
        who=event.actor_name if said_by_person else "",
        text=event.shown_text,
        sequence=event.sequence,
    )


def _get(incident: Incident) -> Postmortem:
    found = Postmortem.objects.select_for_update(no_key=True).filter(incident=incident).first()
    if found is None:
        raise NotFound(
            f"#{incident.pk} has no postmortem yet.",
            hint="It drafts itself at resolve; or start it: /incident postmortem open",
        )
    return found
