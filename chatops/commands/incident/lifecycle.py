"""Moving an incident through its life."""

from chatops.commands.kit.answers import (
    address,
    age,
    already,
    asks,
    changed,
    clock_of,
    conflict,
    overtaken,
    room_path,
    since,
    undo,
)
from chatops.commands.kit.args import Args
from chatops.context import Context
from chatops.grammar.shapes import Arg, Flag, Kind, Takes
from chatops.grammar.writing import command_line
from chatops.port import Button
from chatops.registry import command
from chatops.replies import Reply, plain
from incidents.models import Incident, Status
from incidents.operations import lifecycle
from incidents.permissions import Doing
from incidents.queries import commander_of

YES = Flag("yes")


def _is_already(context: Context, incident: Incident) -> Reply:
    known = since(context, incident, "status.changed", incident.declared_at)
    return already(f"Already {incident.status}{known}.", incident)


def _way_back(incident: Incident, why: str) -> str:
    """The command that restores the status it has now."""
    if incident.is_open:
        return undo("status", incident, incident.status)
    if incident.status in (Status.RESOLVED, Status.CLOSED):
        return undo("resolve", incident)
    if incident.status == Status.CANCELLED:
        return undo("cancel", incident, text=why)
    return command_line("/incident merge", f"#{incident.pk}", "into", f"#{incident.merged_into_id}")


@command(
    "incident",
    "status",
    form="/incident status <status> [text]",
    summary="Move it: triage, investigating, fixing, monitoring, resolved, closed.",
    examples=("/incident status fixing", "/incident status monitoring the rollback is through"),
    who=Doing.RUN,
    args=(Arg("status", Kind.STATUS, ask="Which status?"), Arg("text", Kind.TEXT, required=False)),
    flags=(YES,),
    rank=5,
)
def status(context: Context, args: Args) -> Reply:
    new = args.text("status")
    by_itself = {Status.RESOLVED: _resolve, Status.CLOSED: _close, Status.CANCELLED: _cancel}.get(Status(new))
    if by_itself is not None:
        return by_itself(context, args.incident, args.text("text"))
    incident = args.incident
    if incident.status == new:
        return _is_already(context, incident)
    if not args.switch("yes") and (clash := _clash(context, incident, new, args.text("text"))):
        return clash
    lifecycle.change_status(number=incident.pk, status=new, by=context.by, text=args.text("text"))
    said = f"#{incident.pk} is now {new} (was {incident.status})."
    return changed(context, incident, said, undo=undo("status", incident, incident.status))


def _clash(context: Context, incident: Incident, new: str, text: str) -> Reply | None:
    event = overtaken(context, incident, "status.changed")
    if event is None:
        return None
    line = command_line("/incident status", new, "--yes", incident=incident.pk, text=text or None)
    return conflict(
        event,
        incident,
        theirs=incident.status,
        yours=new,
        buttons=[
            Button(f"Set {new}", command=line),
            Button(f"Keep {incident.status}", command=undo("status", incident, incident.status)),
        ],
    )


@command(
    "incident",
    "mitigated",
    aliases=("mitigate",),
    form="/incident mitigated [text] [--at when]",
    summary="Say that the harm has stopped, now or at an earlier time.",
    examples=("/incident mitigated", "/incident mitigated rolled back api --at -20m"),
    who=Doing.RUN,
    args=(Arg("text", Kind.TEXT, required=False),),
    flags=(Flag("at", Kind.WHEN, lean="past", example="14:05"),),
    takes=Takes.BARE,
)
def mitigated(context: Context, args: Args) -> Reply:
    incident = args.incident
    if incident.mitigated_at and incident.status == Status.MONITORING and not args.has("at"):
        return already(f"Already mitigated since {clock_of(context, incident.mitigated_at)}.", incident)
    now = lifecycle.mitigate(number=incident.pk, by=context.by, text=args.text("text"), at=args.at("at"))
    at = f" since {clock_of(context, now.mitigated_at)}" if now.mitigated_at else ""
    said = f"#{incident.pk} is mitigated{at} and now {now.status} (was {incident.status})."
    return changed(
        context,
        incident,
        f"{said} {args.how_read('at')}".rstrip(),
        undo=undo("status", incident, incident.status),
    )


@command(
    "incident",
    "resolve",
    aliases=("resolved", "fixed"),
    form="/incident resolve [text]",
    summary="Say that it is over; the postmortem drafts itself.",
    examples=("/incident resolve", "/incident resolve rolled back api to 1.41"),
    who=Doing.RUN,
    args=(Arg("text", Kind.TEXT, required=False),),
    takes=Takes.BARE,
    rank=11,
)
def resolve(context: Context, args: Args) -> Reply:
    return _resolve(context, args.incident, args.text("text"))


def _resolve(context: Context, incident: Incident, text: str) -> Reply:
    if incident.status == Status.RESOLVED:
        return _is_already(context, incident)
    lifecycle.resolve_incident(number=incident.pk, by=context.by, text=text)
    lines = [f"#{incident.pk} is resolved after {age(incident.started_at or incident.declared_at)}."]
    if commander_of(incident) is None and incident.severity <= 3:
        lines.append(f"Nobody led it: closing {incident.sev} needs a commander, or a reason.")
    postmortem = Button("Open postmortem", url=address(room_path(incident.pk, "/postmortem")))
    back = undo("reopen", incident, text="resolved by mistake")
    return changed(context, incident, " ".join(lines), undo=back, buttons=[postmortem])


@command(
    "incident",
    "close",
    form="/incident close [reason]",
    summary="Put it away; a reason waives a required role that nobody held.",
    examples=("/incident close", "/incident close nobody had to lead, it fixed itself"),
    who=Doing.RUN,
    args=(Arg("reason", Kind.TEXT, required=False),),
    takes=Takes.BARE,
)
def close(context: Context, args: Args) -> Reply:
    return _close(context, args.incident, args.text("reason"))


def _close(context: Context, incident: Incident, reason: str) -> Reply:
    if incident.status == Status.CLOSED:
        return _is_already(context, incident)
    lifecycle.close_incident(number=incident.pk, by=context.by, waive_reason=reason)
    back = undo("reopen", incident, text="closed by mistake")
    return changed(context, incident, f"#{incident.pk} is closed.", undo=back)


@command(
    "incident",
    "cancel",
    aliases=("false-alarm",),
    form="/incident cancel <reason>",
    summary="Say that it was a false alarm.",
    examples=("/incident cancel the probe was broken", "/incident cancel this was a test"),
    who=Doing.RUN,
    args=(Arg("reason", Kind.TEXT, ask="Why was it none? A reason, please."),),
    takes=Takes.BARE,
)
def cancel(context: Context, args: Args) -> Reply:
    return _cancel(context, args.incident, args.text("reason"))


def _cancel(context: Context, incident: Incident, reason: str) -> Reply:
    if incident.status == Status.CANCELLED:
        return _is_already(context, incident)
    lifecycle.cancel_incident(number=incident.pk, by=context.by, reason=reason)
    back = undo("reopen", incident, text="cancelled by mistake")
    return changed(context, incident, f"#{incident.pk} is cancelled (was {incident.status}).", undo=back)


@command(
    "incident",
    "reopen",
    form="/incident reopen <reason>",
    summary="Take it up again, with a reason of 10 characters or more.",
    examples=("/incident reopen errors are back in Europe", "/incident reopen the fix did not hold"),
    who=Doing.RUN,
    args=(Arg("reason", Kind.TEXT, ask="Why again? In 10 characters or more."),),
    takes=Takes.BARE,
)
def reopen(context: Context, args: Args) -> Reply:
    incident = args.incident
    if incident.is_open:
        return already(f"#{incident.pk} is open: {incident.status}.", incident)
    lifecycle.reopen_incident(number=incident.pk, by=context.by, reason=args.text("reason"))
    said = f"#{incident.pk} is open again: investigating (was {incident.status})."
    return changed(context, incident, said, undo=_way_back(incident, "reopened by mistake"))


@command(
    "incident",
    "merge",
    form="/incident merge [inc] into <inc>",
    summary="Fold one incident into another; without the first, this one.",
    examples=("/incident merge #140 into #142", "/incident merge into #142"),
    who=Doing.RUN,
    args=(
        Arg("source", Kind.INCIDENT, required=False),
        Arg("into", Kind.INCIDENT, ask="Into which incident?", fillers=("into", "with")),
    ),
    takes=Takes.MAYBE,
)
def merge(context: Context, args: Args) -> Reply:
    source, into = args.other("source") or args.incident_or_none, args.other("into")
    if source is None or into is None:
        return asks("Merge which incident? Write `/incident merge #140 into #142`.")
    if source.merged_into_id == into.pk:
        return already(f"#{source.pk} is part of #{into.pk} already.", source)
    lifecycle.merge_incidents(source=source.pk, into=into.pk, by=context.by)
    said = f"#{source.pk} is now part of #{into.pk} {plain(into.display_title) if not into.is_private else ''}".rstrip()
    back = undo("reopen", source, text="merged by mistake")
    return changed(context, into, f"{said}; work goes on there.", undo=back)
