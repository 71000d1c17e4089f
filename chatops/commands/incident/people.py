"""Coming into the room and going out."""

from accounts.actors import Actor
from chatops.commands.kit.answers import address, already, only_you, room_path
from chatops.commands.kit.args import Args
from chatops.commands.kit.facts import five_facts
from chatops.context import Context
from chatops.grammar.shapes import Takes
from chatops.port import Button
from chatops.registry import command
from chatops.replies import Reply
from incidents.models import Member
from incidents.operations import people
from incidents.permissions import Doing


@command(
    "incident",
    "join",
    form="/incident join [inc]",
    summary="Come into the room.",
    examples=("/incident join", "/incident join #142"),
    who=Doing.JOIN,
    takes=Takes.BARE,
    rank=2,
    by_number=True,
)
def join(context: Context, args: Args) -> Reply:
    was_in = _is_in(args.incident_number, context.by)
    incident = people.join(number=args.incident_number, by=context.by)
    head = f"You are in #{incident.pk} already." if was_in else f"You are in #{incident.pk} now."
    return only_you(
        f"{head}\n{five_facts(context, incident)}",
        incident,
        buttons=[
            Button("Open room", url=address(room_path(incident.pk))),
            Button("What did I miss?", command=f"/incident catchup #{incident.pk}"),
            Button("Be lead", command=f"/incident lead #{incident.pk}"),
        ],
        open_url=room_path(incident.pk),
    )


@command(
    "incident",
    "leave",
    form="/incident leave [inc]",
    summary="Go out of the room.",
    examples=("/incident leave", "/incident leave #142"),
    who=Doing.JOIN,
    takes=Takes.BARE,
)
def leave(context: Context, args: Args) -> Reply:
    incident = args.incident
    was_in = _is_in(incident.pk, context.by)
    people.leave(number=incident.pk, by=context.by)
    if not was_in:
        return already(f"You are not in #{incident.pk}.", incident)
    return only_you(
        f"You left #{incident.pk}.",
        incident,
        buttons=[] if incident.is_private else [Button("Come back", command=f"/incident join #{incident.pk}")],
    )


@command(
    "incident",
    "follow",
    aliases=("watch",),
    form="/incident follow [inc]",
    summary="Be told of its updates, without coming into the room.",
    examples=("/incident follow", "/incident follow #142"),
    who=Doing.JOIN,
    takes=Takes.BARE,
)
def follow(context: Context, args: Args) -> Reply:
    incident = args.incident
    if _follows(incident.pk, context.by):
        return already(f"You follow #{incident.pk} already.", incident)
    people.watch(number=incident.pk, by=context.by)
    return only_you(
        f"You will be told of every update of #{incident.pk}.",
        incident,
        buttons=[
            Button("Stop", command=f"/incident unfollow #{incident.pk}"),
            Button("Join the room", command=f"/incident join #{incident.pk}"),
        ],
    )


@command(
    "incident",
    "unfollow",
    aliases=("unwatch",),
    form="/incident unfollow [inc]",
    summary="Be told of no more updates.",
    examples=("/incident unfollow", "/incident unfollow #142"),
    who=Doing.JOIN,
    takes=Takes.BARE,
)
def unfollow(context: Context, args: Args) -> Reply:
    incident = args.incident
    if not _follows(incident.pk, context.by):
        return already(f"You do not follow #{incident.pk}.", incident)
    people.watch(number=incident.pk, by=context.by, on=False)
    back = [Button("Follow again", command=f"/incident follow #{incident.pk}")]
    return only_you(f"You will not be told of #{incident.pk} any more.", incident, buttons=back)


def _follows(number: int, by: Actor) -> bool:
    return by.user is not None and Member.objects.filter(incident_id=number, user=by.user, is_watching=True).exists()


def _is_in(number: int, by: Actor) -> bool:
    rows = Member.objects.filter(incident_id=number, left_at__isnull=True)
    return by.user is not None and rows.filter(user=by.user).exists()
