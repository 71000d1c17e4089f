"""What goes into the story: notes, pins, status updates, reminders."""

import re

from chatops.commands.kit.answers import already, asks, changed, clock_of, once, only_you, room_path, undo
from chatops.commands.kit.args import Args
from chatops.context import Context
from chatops.grammar.shapes import Arg, Flag, Kind
from chatops.grammar.times import write_duration
from chatops.grammar.writing import command_line
from chatops.port import Button
from chatops.registry import command
from chatops.replies import Reply
from common.errors import Invalid, NotFound
from incidents.models import Incident, TimelineEvent
from incidents.operations import reminders, talk, updates
from incidents.operations.lines import find_event
from incidents.permissions import Doing

_STANDING = ("now", "doing", "need")
_SEQUENCE = re.compile(r"(?:^|[#/=e-])([0-9]{1,12})$")


@command(
    "incident",
    "note",
    aliases=("event",),
    form="/incident note <text> [--at when]",
    summary="Write something into the timeline, now or at an earlier time.",
    examples=(
        "/incident note failed over to the second region",
        "/incident note first customer mail --at 14:05",
    ),
    who=Doing.SPEAK,
    args=(Arg("text", Kind.TEXT, ask="What happened?"),),
    flags=(Flag("at", Kind.WHEN, lean="past", example="14:05"),),
    rank=8,
)
def note(context: Context, args: Args) -> Reply:
    event = talk.add_note(
        number=args.incident.pk,
        text=args.text("text"),
        by=context.by,
        at=args.at("at"),
        outside_id=once(context),
    )
    said = f"Noted in #{args.incident.pk} at {clock_of(context, event.shown_at)}."
    return only_you(f"{said} {args.how_read('at')}".rstrip(), args.incident)


@command(
    "incident",
    "pin",
    form="/incident pin [link]",
    summary="Pin a line into the story: by its link or number, else the last one said.",
    examples=("/incident pin", "/incident pin 88"),
    who=Doing.SPEAK,
    args=(Arg("line", Kind.WORD, required=False),),
)
def pin(context: Context, args: Args) -> Reply:
    incident = args.incident
    event = _line(incident, args.text("line") or context.extra.get("sequence", ""))
    if event.pinned_at:
        return already(f"Line {event.sequence} is pinned already.", incident)
    talk.pin(number=incident.pk, sequence=event.sequence, by=context.by)
    said = f"Pinned line {event.sequence} of #{incident.pk}: {event.shown_text[:120]}"
    return Reply(text=said, incident=incident.pk, undo=undo("unpin", incident, str(event.sequence)))


@command(
    "incident",
    "unpin",
    form="/incident unpin <n>",
    summary="Take a line out of the story.",
    examples=("/incident unpin 88", "/incident unpin #88"),
    who=Doing.SPEAK,
    args=(Arg("line", Kind.NUMBER, ask="Which line?"),),
)
def unpin(context: Context, args: Args) -> Reply:
    incident = args.incident
    event = find_event(incident, args.number("line"))
    if not event.pinned_at:
        return already(f"Line {event.sequence} is not pinned.", incident)
    talk.pin(number=incident.pk, sequence=event.sequence, by=context.by, on=False)
    said = f"Line {event.sequence} of #{incident.pk} is no longer pinned."
    return Reply(text=said, incident=incident.pk, undo=undo("pin", incident, str(event.sequence)))


def _line(incident: Incident, said: str) -> TimelineEvent:
    """The line that a number or a link names; without one the last that somebody said."""
    said = said.strip("<>").split("|", 1)[0]
    if said:
        match = _SEQUENCE.search(said)
        if match is None:
            raise Invalid("I can't tell which line that is.", field="line", hint="Give its link, or its number.")
        return find_event(incident, int(match[1]))
    lines = incident.events.filter(kind__in=("message", "note"), target__isnull=True, deleted_at__isnull=True)
    last = lines.order_by("-sequence").first()
    if last is None:
        raise NotFound("Nobody has said anything here yet.", field="line")
    return last


@command(
    "incident",
    "update",
    form="/incident update [text] [--now s] [--doing s] [--need s] [--next dur] [--public]",
    summary="Publish a status update. Without text the form opens.",
    examples=("/incident update Rollback is running, errors fall --next 30m", "/incident update"),
    who=Doing.RUN,
    args=(Arg("text", Kind.TEXT, required=False),),
    flags=(
        Flag("next", Kind.DURATION, example="30m"),
        Flag("now", Kind.WORD, example='"a bad deploy"'),
        Flag("doing", Kind.WORD, example='"rolling back"'),
        Flag("need", Kind.WORD, example='"a database owner"'),
        Flag("public"),
        Flag("yes"),
    ),
    rank=6,
)
def update(context: Context, args: Args) -> Reply:
    incident, text = args.incident, args.text("text")
    if not text.strip() and not any(args.has(name) for name in _STANDING):
        form = room_path(incident.pk, "/updates")
        return Reply(text="Write the update in the form.", incident=incident.pk, open_url=form, ok=False)
    if text.strip() and args.switch("public") and not args.switch("yes"):
        return _preview(args, text)
    made = updates.publish_update(
        number=incident.pk,
        by=context.by,
        text=text,
        now=args.text_or_none("now"),
        doing=args.text_or_none("doing"),
        need=args.text_or_none("need"),
        public_text=text if args.switch("public") else "",
        next_in=args.length("next"),
    )
    due = f" The next one is due by {clock_of(context, made.next_due_at)}." if made.next_due_at else ""
    where = " inside and outside" if args.switch("public") else ""
    return changed(context, incident, f"Update of #{incident.pk} published{where}.{due}")


def _preview(args: Args, text: str) -> Reply:
    """What everybody outside would read is shown first."""
    incident, length = args.incident, args.length("next")
    later = [f"--next={write_duration(length)}"] if length else []
    line = command_line("/incident update --public --yes", *later, incident=incident.pk, text=text)
    inside = command_line("/incident update", *later, incident=incident.pk, text=text)
    return asks(
        f"Everybody outside would read this ({len(text)} characters):\n> " + text.replace("\n", "\n> "),
        incident,
        buttons=[Button("Publish to everybody", command=line), Button("Only inside", command=inside)],
    )


@command(
    "incident",
    "remind",
    aliases=("snooze",),
    form="/incident remind <dur>|off",
    summary="Hold reminders back for a while, or until something changes.",
    examples=("/incident remind 30m", "/incident remind off"),
    who=Doing.RUN,
    args=(Arg("after", Kind.DURATION, ask="In how long?", choices={"off": "off", "stop": "off"}, fillers=("me",)),),
)
def remind(context: Context, args: Args) -> Reply:
    incident, length = args.incident, args.length("after")
    reminders.snooze_reminders(number=incident.pk, by=context.by, for_=length)
    if length is None:
        said = f"Reminders of #{incident.pk} are off until something changes."
        return changed(context, incident, said, undo=undo("remind", incident, "15m"))
    return changed(context, incident, f"Reminders of #{incident.pk} wait {write_duration(length)}.")
