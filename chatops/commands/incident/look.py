"""Looking: lists, facts, the story so far. Nothing here changes anything."""

from accounts.linking import LINK_HINT
from chatops.commands.kit.answers import address, clock_of, only_you, room_path
from chatops.commands.kit.args import Args
from chatops.commands.kit.facts import five_facts, list_line
from chatops.context import Context
from chatops.grammar.shapes import Arg, Flag, Kind, Takes, words
from chatops.port import Button
from chatops.registry import command
from chatops.replies import Reply, plain
from common.errors import NotAllowed
from incidents.models import Member, Postmortem
from incidents.permissions import Doing
from incidents.queries import digest, find_incidents, story

_MOST_LISTED = 20
_MOST_STORY = 50


@command(
    "incident",
    "list",
    aliases=("ls",),
    form="/incident list [open|mine|closed|drill] [--sev n] [--service s]",
    summary="List incidents (only you see it).",
    examples=("/incident list", "/incident list mine --sev 1"),
    who=Doing.READ,
    args=(
        Arg(
            "which",
            Kind.CHOICE,
            required=False,
            choices=words("open", "mine", "closed", "drill", drills="drill"),
        ),
    ),
    flags=(Flag("sev", Kind.SEVERITY, example="1"), Flag("service", Kind.SERVICE, example="payments")),
    takes=Takes.NONE,
)
def list_incidents(context: Context, args: Args) -> Reply:
    which = args.text("which") or "open"
    filters = {
        "state": {"open": "open", "closed": "ended"}.get(which, ""),
        "mine": which == "mine",
        "drill": "only" if which == "drill" else "",
        "severity": args.number_or_none("sev"),
        "service": args.text("service"),
    }
    if which == "mine" and context.by.user is None:
        raise NotAllowed("Warroom has to know which account you are.", hint=LINK_HINT)
    rows = find_incidents(context.by.user, filters)
    found, count = list(rows[:_MOST_LISTED]), rows.count()
    if not found:
        return only_you(
            "Nothing is open." if which == "open" else "No incident matches.",
            buttons=[Button("Declare", command="/incident create")],
        )
    lines = [list_line(incident) for incident in found]
    if count > len(found):
        lines.append(f"… and {count - len(found)} more: {address('/incidents')}")
    return only_you("\n".join(lines))


@command(
    "incident",
    "show",
    aliases=("info",),
    form="/incident show [inc]",
    summary="Show the five facts of an incident (only you see it).",
    examples=("/incident show", "/incident show #142"),
    who=Doing.READ,
    takes=Takes.BARE,
    rank=10,
)
def show(context: Context, args: Args) -> Reply:
    incident = args.incident
    return only_you(
        five_facts(context, incident),
        incident,
        buttons=[Button(f"Open #{incident.pk}", url=address(room_path(incident.pk)))],
    )


@command(
    "incident",
    "catchup",
    aliases=("catch-up", "missed"),
    form="/incident catchup [inc]",
    summary="Say what you missed (only you see it).",
    examples=("/incident catchup", "/incident catchup #142"),
    who=Doing.READ,
    takes=Takes.BARE,
)
def catchup(context: Context, args: Args) -> Reply:
    incident = args.incident
    member = Member.objects.filter(incident=incident, user=context.by.user).first() if context.by.user else None
    seen = member.seen_sequence if member else 0
    return only_you(f"{five_facts(context, incident)}\n\n{digest(incident, seen)}", incident)


@command(
    "incident",
    "timeline",
    aliases=("story",),
    form="/incident timeline [inc] [--last n]",
    summary="Show the story so far (only you see it).",
    examples=("/incident timeline", "/incident timeline --last 5"),
    who=Doing.READ,
    flags=(Flag("last", Kind.NUMBER, example="10"),),
    takes=Takes.BARE,
)
def timeline(context: Context, args: Args) -> Reply:
    incident = args.incident
    last = min(max(args.number_or_none("last") or 10, 1), _MOST_STORY)
    events = list(story(incident).order_by("-shown_at", "-id")[:last])[::-1]
    lines = [
        f"- {clock_of(context, event.shown_at)} {plain(event.actor_name)}: {event.shown_text[:300]}" for event in events
    ]
    return only_you(
        "\n".join(lines) or "The story is empty; pin what matters.",
        incident,
        buttons=[Button("Open timeline", url=address(room_path(incident.pk, "/timeline")))],
    )


@command(
    "incident",
    "export",
    form="/incident export <md|html|json|csv> [inc]",
    summary="Download the timeline; as html the postmortem in one page.",
    examples=("/incident export md", "/incident export html #142"),
    who=Doing.READ,
    args=(
        Arg(
            "format",
            Kind.CHOICE,
            ask="As what?",
            choices=words("md", "html", "json", "csv", markdown="md"),
            fillers=("as",),
        ),
    ),
    takes=Takes.BARE,
)
def export(context: Context, args: Args) -> Reply:
    incident, wanted = args.incident, args.text("format")
    if wanted != "html":
        path = room_path(incident.pk, f"/timeline?download={wanted}")
        return only_you(f"The timeline of #{incident.pk}: {address(path)}", incident, open_url=path)
    # The one page that stands by itself is the postmortem; before there is one, the timeline's page.
    if Postmortem.objects.filter(incident=incident).exists():
        path = room_path(incident.pk, "/postmortem/export?format=html")
        return only_you(f"The postmortem of #{incident.pk} in one page: {address(path)}", incident, open_url=path)
    path = room_path(incident.pk, "/timeline")
    return only_you(f"#{incident.pk} has no postmortem yet; its timeline: {address(path)}", incident, open_url=path)
