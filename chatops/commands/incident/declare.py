"""Declaring: one field is enough, and nothing blocks it."""

from collections.abc import Sequence

from accounts.permissions import Right
from chatops.commands.kit.answers import address, once, room_path, undo
from chatops.commands.kit.args import Args
from chatops.context import Context
from chatops.grammar.shapes import Arg, Flag, Kind, Takes
from chatops.grammar.writing import write_word
from chatops.port import Button
from chatops.registry import command, registry
from chatops.replies import Reply, plain
from incidents.models import Incident
from incidents.operations.declare import declare_incident
from incidents.queries import same_service_open


@command(
    "incident",
    "create",
    aliases=("new", "declare", "open"),
    form="/incident create [title] [--sev n] [--service s] [--page target|none] [--private] [--drill]",
    summary="Declare an incident. Without a title the form opens.",
    examples=("/incident create Checkout 5xx --sev 1 --service payments", "/incident create Mail is slow"),
    who=Right.DECLARE,
    args=(Arg("title", Kind.TEXT, required=False),),
    flags=(
        Flag("sev", Kind.SEVERITY, example="1"),
        Flag("service", Kind.SERVICE, many=True, example="payments"),
        Flag("page", Kind.WORD, example="none"),
        Flag("private"),
        Flag("drill"),
    ),
    takes=Takes.NONE,
    rank=1,
)
def create(context: Context, args: Args) -> Reply:
    if not args.text("title").strip():
        return Reply(
            text="What broke? Write `/incident create <title>`, or fill in the form.",
            open_url="/incidents/new",
            ok=False,
        )
    incident = declare_incident(
        by=context.by,
        title=args.text("title"),
        severity=args.number_or_none("sev"),
        services=args.many("service"),
        is_private=args.switch("private"),
        is_drill=args.switch("drill"),
        outside_id=once(context),
    )
    return _declared(context, args, incident)


def _declared(context: Context, args: Args, incident: Incident) -> Reply:
    lines = [f"Declared #{incident.pk} {incident.sev}: {plain(incident.display_title)}."]
    if not args.has("sev"):
        lines.append(f"SEV3 until somebody says how bad it is: `/incident sev 1 #{incident.pk}`")
    if paging := args.text("page"):
        lines.append(_page(context, incident, paging))
    if context.by.user is None:
        lines.append(f"Link your account to run it: {address('/me')}")
    similar = _similar(context, incident)
    lines += [f"Also open: #{other.pk} {plain(other.display_title)}" for other in similar]
    return Reply(
        text="\n".join(line for line in lines if line),
        to_everyone=not incident.is_private,
        incident=incident.pk,
        undo=undo("cancel", incident, text="declared by mistake"),
        buttons=[
            Button(f"Open #{incident.pk}", url=address(room_path(incident.pk))),
            Button("Be lead", command=f"/incident lead #{incident.pk}"),
            *(Button(f"Join #{other.pk} instead", command=f"/incident join #{other.pk}") for other in similar),
        ],
    )


def _similar(context: Context, incident: Incident) -> Sequence[Incident]:
    """Open incidents of the last hour for the same services that everybody may see."""
    services = list(incident.services.values_list("pk", flat=True))
    if not services:
        return []
    rows = same_service_open(context.by.user, services).filter(is_private=False, is_drill=incident.is_drill)
    return list(rows.exclude(pk=incident.pk)[:2])


def _page(context: Context, incident: Incident, target: str) -> str:
    """Page right away, where paging is installed; the incident is open whatever comes of it."""
    if target.casefold() in ("none", "nobody", "no"):
        return ""
    if registry().get("incident", "page") is None:
        return f'Nobody was paged: "{target}" can be paged once on-call is set up. The incident is open.'
    from chatops.router import answer

    line = f"/incident page {write_word(target.removeprefix('@'))} #{incident.pk}"
    inner = Context(by=context.by, typed=line, incident=incident, room_kind=context.room_kind)
    return answer(inner).text
