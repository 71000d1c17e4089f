"""The menu and the help of /incident, and /help."""

from accounts.permissions import Right
from chatops.commands.kit.answers import address, only_you, room_path
from chatops.commands.kit.args import Args
from chatops.commands.kit.help_texts import help_reply
from chatops.context import Context
from chatops.grammar.shapes import Arg, Kind, Takes
from chatops.port import Button
from chatops.registry import command, registry, shown
from chatops.replies import Reply, plain

_TOPIC = Arg("topic", Kind.TEXT, required=False)
#: label → line; what is not registered (yet) is left out
_IN_ROOM = (
    ("Update", "update"),
    ("Severity", "sev"),
    ("Roles", "roles"),
    ("Page", "page"),
    ("Task", "task add"),
    ("Mitigated", "mitigated"),
    ("Resolve", "resolve"),
)
_OUTSIDE = (("Declare", "create"), ("Open incidents", "list"), ("Mine", "list mine"), ("Help", "help"))


@command(
    "incident",
    "",
    form="/incident",
    summary="Show the menu.",
    examples=("/incident", "/Incident"),
    who=Right.READ,
    takes=Takes.MAYBE,
)
def menu(context: Context, args: Args) -> Reply:
    incident, home = args.incident_or_none, f"/{shown('incident')}"
    known = registry()
    entries = _IN_ROOM if incident else _OUTSIDE
    buttons = [
        Button(label, command=f"{home} {line}")
        for label, line in entries
        if known.find("incident", line.split()) is not None
    ]
    if incident is None:
        return only_you(f"What do you need? `{home} create <title>` declares an incident.", buttons=buttons)
    buttons.append(Button("Open web", url=address(room_path(incident.pk))))
    return only_you(
        f"#{incident.pk} {incident.sev} · {incident.status} · {plain(incident.display_title)}",
        incident,
        buttons=buttons,
    )


@command(
    "incident",
    "help",
    aliases=("?",),
    form="/incident help [sub]",
    summary="Show the most used lines, or one command. `help all` lists every command.",
    examples=("/incident help", "/incident help sev"),
    who=Right.READ,
    args=(_TOPIC,),
    takes=Takes.NONE,
)
def incident_help(context: Context, args: Args) -> Reply:
    return help_reply(context, registry(), "incident", args.text("topic"))


@command(
    "help",
    "",
    form="/help [sub]",
    summary="Show the most used lines, or one command. `help all` lists every command.",
    examples=("/help", "/help all"),
    who=Right.READ,
    args=(_TOPIC,),
    takes=Takes.NONE,
)
def everywhere(context: Context, args: Args) -> Reply:
    return help_reply(context, registry(), "incident", args.text("topic"))
