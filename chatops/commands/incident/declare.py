"""Declaring: one field is enough, and nothing blocks it."""

from collections.abc import Sequence

from accounts.permissions import Right
from chatops.commands.kit.answers import address, once, room_path, undo
from chatops.commands.kit.args import Args
from chatops.commands.kit.lookup import find_targets
from chatops.commands.kit.paging import said_of
from chatops.context import Context
from chatops.grammar.errors import Unreadable
from chatops.grammar.shapes import Arg, Flag, Kind, Takes
from chatops.port import Button
from chatops.registry import command
from chatops.replies import Reply, plain
from common.errors import NotAllowed
from incidents.models import Incident
from incidents.operations.declare import declare_incident
from incidents.paging import KIND
from incidents.queries import same_service_open
from oncall.models import EscalationRun, Service
from oncall.rules.escalation import Target
from oncall.targets import SERVICE


@command(
    "incident",
    "create",
    aliases=("new", "declare", "open"),
    form="/incident create [title] [--sev n] [--service s] [--page target|none] [--summary s] [--impact s]"
    " [--private] [--drill]",
    summary="Declare an incident. Without a title the form opens.",
    examples=("/incident create Checkout 5xx --sev 1 --service payments", "/incident create Mail is slow"),
    who=Right.DECLARE,
    args=(Arg("title", Kind.TEXT, required=False),),
    flags=(
        Flag("sev", Kind.SEVERITY, example="1"),
        Flag("service", Kind.SERVICE, many=True, example="payments"),
        Flag("page", Kind.WORD, example="none"),
        Flag("summary", Kind.WORD, example='"cards from Europe fail"'),
        Flag("impact", Kind.WORD, example='"38 % of checkouts"'),
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
    page, trouble = _whom(context, args)
    incident = declare_incident(
        by=context.by,
        title=args.text("title"),
        severity=args.number_or_none("sev"),
        services=args.many("service"),
        summary=args.text("summary"),
        impact=args.text("impact"),
        is_private=args.switch("private"),
        is_drill=args.switch("drill"),
        outside_id=once(context),
        page=page,
    )
    return _declared(context, args, incident, trouble)


def _declared(context: Context, args: Args, incident: Incident, trouble: str) -> Reply:
    lines = [f"Declared #{incident.pk} {incident.sev}: {plain(incident.display_title)}."]
    if not args.has("sev"):
        lines.append(f"SEV3 until somebody says how bad it is: `/incident sev 1 #{incident.pk}`")
    lines += [_paged(incident), trouble]
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


def _whom(context: Context, args: Args) -> tuple[list[Target] | None, str]:
    """Who is paged as it was typed, and what is wrong with that: the incident is open whatever comes of it."""
    word = args.text("page")
    if not word:
        return None, ""
    if word.casefold() in ("none", "nobody", "no"):
        return [], ""
    if context.by.user is None:
        return None, "Link your account to page somebody by name."
    try:
        found = find_targets(word, context, (0, 0), "page")
    except (Unreadable, NotAllowed) as trouble:
        hint = f" {trouble.hint}" if trouble.hint else ""
        return None, f"{trouble}{hint} Page somebody with `/incident page`."
    for one in found:
        if one.kind == SERVICE and not Service.objects.filter(pk=one.id, policy__isnull=False).exists():
            return None, f"{plain(one.name)} has no escalation policy, so nobody is paged for it."
    return found, ""


def _paged(incident: Incident) -> str:
    """Who is being paged, if anybody is."""
    runs = EscalationRun.objects.filter(subject_kind=KIND, subject_id=incident.pk)
    return said_of(runs) if runs else ""
