"""The postmortem: where it stands, opening it, taking it along."""

from chatops.commands.kit.answers import address, clock_of, only_you, room_path
from chatops.commands.kit.args import Args
from chatops.context import Context
from chatops.grammar.shapes import Arg, Kind, Takes, words
from chatops.port import Button
from chatops.registry import command
from chatops.replies import Reply
from incidents.models import Postmortem
from incidents.operations.postmortems import start_postmortem
from incidents.permissions import Doing


@command(
    "incident",
    "postmortem",
    aliases=("pm",),
    form="/incident postmortem [inc]",
    summary="Say where the postmortem stands (only you see it).",
    examples=("/incident postmortem", "/incident pm #142"),
    who=Doing.READ,
    takes=Takes.BARE,
)
def postmortem(context: Context, args: Args) -> Reply:
    incident = args.incident
    found = Postmortem.objects.filter(incident=incident).first()
    if found is None:
        return only_you(
            f"#{incident.pk} has no postmortem yet; it drafts itself at resolve.",
            incident,
            buttons=[Button("Start it now", command=f"/incident postmortem open #{incident.pk}")],
        )
    due = f", due {clock_of(context, found.due_at)}" if found.due_at and not found.published_at else ""
    said = f"The postmortem of #{incident.pk} is {found.get_state_display()}{due}."
    path = room_path(incident.pk, "/postmortem")
    return only_you(said, incident, buttons=[Button("Open postmortem", url=address(path))])


@command(
    "incident",
    "postmortem open",
    aliases=("pm open",),
    form="/incident postmortem open [inc]",
    summary="Open the postmortem; starts it when there is none.",
    examples=("/incident postmortem open", "/incident pm open #142"),
    who=Doing.RUN,
    takes=Takes.BARE,
)
def postmortem_open(context: Context, args: Args) -> Reply:
    incident = args.incident
    start_postmortem(number=incident.pk, by=context.by)
    path = room_path(incident.pk, "/postmortem")
    return only_you(f"The postmortem of #{incident.pk}: {address(path)}", incident, open_url=path)


@command(
    "incident",
    "postmortem export",
    aliases=("pm export",),
    form="/incident postmortem export <md|html|json|docx> [inc]",
    summary="Download the postmortem.",
    examples=("/incident postmortem export md", "/incident pm export html #142"),
    who=Doing.READ,
    args=(
        Arg(
            "format",
            Kind.CHOICE,
            ask="As what?",
            choices=words("md", "html", "json", "docx", markdown="md", word="docx"),
            fillers=("as",),
        ),
    ),
    takes=Takes.BARE,
)
def postmortem_export(context: Context, args: Args) -> Reply:
    incident = args.incident
    if not Postmortem.objects.filter(incident=incident).exists():
        return postmortem(context, args)
    path = room_path(incident.pk, f"/postmortem/export?format={args.text('format')}")
    return only_you(f"The postmortem of #{incident.pk}: {address(path)}", incident, open_url=path)
