"""Words for one person: a welcome for who comes in, the question who takes over, an update, an update's draft."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet

from accounts.linking import link_url
from accounts.models import Identity
from chatops.drawing import card_of, incident_url
from chatops.grammar.tokens import quoted
from chatops.grammar.writing import command_line, write_handle, write_word
from chatops.models import Room, Telling, Whisper
from chatops.port import Button, Card, Post
from chatops.replies import plain
from chatops.speakers import person_of
from common import clock, doorbell
from common.operations import operation
from connections.models import Connection, Lane
from connections.operations import want
from incidents.models import Incident, Member, RoleAssignment, TimelineEvent, Update
from incidents.models.incident import OPEN
from incidents.permissions import can_see
from incidents.queries import commander_of

_PRIORITY = 2
#: who comes and goes is not greeted each time
_AGAIN_AFTER = timedelta(hours=1)
_AT_ONCE, _MOST_OFFERED = 100, 3
_LONGEST_DRAFT = 1500


@operation
def welcome(*, room: Room, identity: Identity) -> None:
    """Somebody came into the channel: five facts, why they are here, what was said last."""
    is_wanted = room.is_current and room.incident.status in OPEN and not identity.is_bot
    if is_wanted and not _lately(room, identity, Whisper.WELCOME):
        _whisper(room.connection, room.incident, Whisper.WELCOME, [identity])


@operation
def ask_who_takes_over(*, room: Room, identity: Identity) -> None:
    """Somebody left the channel and still holds a role: they are asked, and not dragged back."""
    holds = room.is_current and room.incident.status in OPEN and _roles(room.incident, identity)
    if holds and not _lately(room, identity, Whisper.HAND_OVER):
        _whisper(room.connection, room.incident, Whisper.HAND_OVER, [identity])


def _lately(room: Room, identity: Identity, kind: str) -> bool:
    said = Whisper.objects.filter(connection=room.connection, incident=room.incident, identity=identity, kind=kind)
    return said.filter(at__gt=clock.now() - _AGAIN_AFTER).exists()


@operation
def offer_draft(*, connection: Connection, identity: Identity, event: TimelineEvent) -> None:
    """Somebody marked a line as an update: the form with its words is offered to them, once."""
    if event.incident.status in OPEN:
        _whisper(connection, event.incident, Whisper.DRAFT, [identity], event)


def tell_followers(incident: Incident, event: TimelineEvent, connections: Iterable[Connection]) -> None:
    """Have an update told to those who follow from outside of the room. Joins the running transaction, which holds
    the incident: only a row is written for each chat, however many follow."""
    if not _following(incident).exists():
        return
    rows = [Telling(connection=each, incident=incident, event=event, due_at=clock.now()) for each in connections]
    Telling.objects.bulk_create(rows, ignore_conflicts=True)
    doorbell.ring_after_commit(Telling)


@operation
def tell_some(row: Telling) -> None:
    """Whisper an update to the next of its followers; leaves the row due again, or done."""
    realm = str(row.connection.settings.get("realm", row.connection.kind))
    users = _following(row.incident).values("user_id")
    people = Identity.objects.filter(realm=realm, user_id__in=users, pk__gt=row.reached).order_by("pk")
    batch = list(people[:_AT_ONCE])
    if not batch:
        row.done()
        return
    with transaction.atomic():
        _whisper(row.connection, row.incident, Whisper.UPDATE, batch, row.event)
        if not row.again(
            error="", at=clock.now(), count=False, attempts=0, reached=batch[-1].pk, told=row.told + len(batch)
        ):
            transaction.set_rollback(True)


def _following(incident: Incident) -> "QuerySet[Member]":
    return Member.objects.filter(incident=incident, is_watching=True, left_at__isnull=False, user__is_active=True)


def _whisper(
    connection: Connection,
    incident: Incident,
    kind: str,
    people: Sequence[Identity],
    event: TimelineEvent | None = None,
) -> None:
    for identity in people:
        values = {"connection": connection, "kind": kind, "identity": identity, "event": event}
        if event is not None and Whisper.objects.filter(**values).exists():
            continue
        row = Whisper.objects.create(**values, incident=incident)
        lane, _ = Lane.objects.get_or_create(
            connection=connection,
            key=f"person:{identity.outside_id}",
            defaults={"kind": "person", "address": identity.outside_id},
        )
        want([lane.pk], thing_kind="whisper", thing_id=row.pk, incident_number=incident.pk, priority=_PRIORITY)


# --- how it reads ---------------------------------------------------------------------------------


def draw(row: Whisper) -> Post | None:
    """What is said now; None when it is out of date, or no longer theirs to know."""
    incident, user = row.incident, person_of(row.identity)
    if incident.is_private and not (user is not None and can_see(user, incident)):
        return None
    card = _DRAWN[row.kind](row)
    return Post(marker=f"whisper:{row.pk}", text=card.text or card.title, card=card) if card else None


def _welcome(row: Whisper) -> Card | None:
    incident = row.incident
    if incident.status not in OPEN:
        return None
    card, user = card_of(incident), person_of(row.identity)
    parts = []
    if user is None:
        url = link_url(row.identity.realm, row.identity.outside_id)
        parts.append(f"I don't know which account you are: [link it]({url}) (10 min) to run commands.")
    else:
        member = Member.objects.filter(incident=incident, user=user).first()
        parts.append(f"You are here because: {member.reason or 'you joined'}." if member else "You came by yourself.")
    last = Update.objects.filter(incident=incident).order_by("-at").first()
    if last is not None and last.text:
        parts.append(f"Last update, by {plain(last.by_name)}: {last.text[:500]}")
    here = f"#{incident.pk}"
    third = (
        Button("Task", command=f"/incident task add {here} --form")
        if commander_of(incident)
        else Button("Be lead", command=f"/incident lead me {here}")
    )
    return Card(
        title=card.title,
        facts=card.facts,
        text="\n".join(parts),
        buttons=[
            Button("What did I miss?", command=f"/incident catchup {here}"),
            third,
            Button("Open web room", url=incident_url(incident)),
        ],
        severity=incident.severity,
    )


def _hand_over(row: Whisper) -> Card | None:
    incident, roles = row.incident, _roles(row.incident, row.identity)
    if not roles or incident.status not in OPEN:
        return None
    here = Member.objects.filter(incident=incident, left_at__isnull=True, user__is_active=True)
    others = here.exclude(user=row.identity.user).select_related("user").order_by("-seen_at", "joined_at")
    buttons = [
        Button(
            f"Hand over to {member.user.name}",
            command=command_line("/incident handoff", write_handle(member.user.handle), incident=incident.pk),
        )
        for member in others[:_MOST_OFFERED]
    ]
    for role in roles:
        dropped = command_line("/incident drop", write_word(role), incident=incident.pk)
        buttons.append(Button(f"Drop {role}", command=dropped))
    buttons.append(Button("Open web room", url=incident_url(incident)))
    held = " and ".join(roles)
    text = (
        f"You left the channel of #{incident.pk} {plain(incident.display_title)} and are still {held}. "
        "Who takes over? If you stay on it, nothing needs to be done."
    )
    return Card(title="", text=text, buttons=buttons)


def _update(row: Whisper) -> Card | None:
    incident, event = row.incident, row.event
    if event is None or event.deleted_at is not None:
        return None
    return Card(
        title=f"{incident.sev} #{incident.pk} {incident.display_title}",
        text=f"{event.shown_text[:2500]}\n\n_{plain(event.actor_name)}; you follow this incident._",
        buttons=[
            Button("Join the room", command=f"/incident join #{incident.pk}"),
            Button("Stop following", command=f"/incident unfollow #{incident.pk}"),
            Button("Open web room", url=incident_url(incident)),
        ],
    )


def _draft(row: Whisper) -> Card | None:
    incident, event = row.incident, row.event
    if event is None or event.deleted_at is not None or incident.status not in OPEN:
        return None
    said = event.shown_text[:_LONGEST_DRAFT]
    line = f"/incident update #{incident.pk} --form {quoted(said)}"
    text = f"Tell everybody who follows #{incident.pk}?\n> " + said.replace("\n", "\n> ")
    return Card(title="", text=text, buttons=[Button("Write the update", command=line, style="primary")])


_DRAWN = {
    Whisper.WELCOME: _welcome,
    Whisper.HAND_OVER: _hand_over,
    Whisper.UPDATE: _update,
    Whisper.DRAFT: _draft,
}


def _roles(incident: Incident, identity: Identity) -> list[str]:
    rows = RoleAssignment.objects.filter(incident=incident, ended_at__isnull=True, user__isnull=False)
    return list(rows.filter(user_id=identity.user_id).values_list("role", flat=True)) if identity.user_id else []
