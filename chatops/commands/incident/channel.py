"""The incident's channels in connected chats: keep them after the end, make another where one was lost."""

from collections.abc import Iterable

from chatops.commands.kit.answers import already, changed
from chatops.commands.kit.args import Args
from chatops.context import Context
from chatops.ending import keep_channels, new_channels
from chatops.registry import command
from chatops.replies import Reply, plain
from incidents.permissions import Doing


@command(
    "incident",
    "channel keep",
    form="/incident channel keep [inc]",
    summary="Keep its channel, which would be archived after the end.",
    examples=("/incident channel keep", "/incident channel keep #142"),
    who=Doing.SPEAK,
)
def keep(context: Context, args: Args) -> Reply:
    incident = args.incident
    kept = keep_channels(incident=incident, by=context.by)
    if not kept:
        return already(f"No channel of #{incident.pk} is about to be archived.", incident)
    return changed(context, incident, f"{_names(room.name for room in kept)} stays.")


@command(
    "incident",
    "channel new",
    form="/incident channel new [inc]",
    summary="Make another channel where its channel was deleted or archived.",
    examples=("/incident channel new", "/incident channel new #142"),
    who=Doing.RUN,
)
def new(context: Context, args: Args) -> Reply:
    incident = args.incident
    made = new_channels(incident=incident, by=context.by)
    where = _names(room.connection.name for room in made)
    return changed(context, incident, f"Another channel is being made in {where}; what waited goes there.")


def _names(names: Iterable[str]) -> str:
    return " and ".join(plain(name) for name in names)
