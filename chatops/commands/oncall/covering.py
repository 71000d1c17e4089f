"""Putting somebody on call instead, and taking that back."""

from datetime import datetime

from accounts.permissions import Right
from chatops.commands.kit.answers import clock_of, only_you
from chatops.commands.kit.args import Args
from chatops.context import Context
from chatops.grammar.shapes import Arg, Kind, Takes
from chatops.registry import command, shown
from chatops.replies import Reply, plain
from oncall.operations.overrides import add_override, end_override

_SCHEDULE = Arg("schedule", Kind.SCHEDULE, ask="On which schedule?", fillers=("on",))


@command(
    "oncall",
    "override",
    form="/oncall override <schedule> <user> from <when> to <when> [reason]",
    summary="Put somebody on call instead, for a while.",
    examples=(
        "/oncall override shop-primary @bo from 18:00 to 22:00",
        "/oncall override shop-primary me from now to 23:00 Ada is on a train",
    ),
    who=Right.RESPOND,
    args=(
        _SCHEDULE,
        Arg("user", Kind.USER, ask="Who?"),
        Arg("start", Kind.WHEN, ask="From when?", fillers=("from",)),
        Arg("end", Kind.WHEN, ask="Until when?", fillers=("to", "until", "till")),
        Arg("reason", Kind.TEXT, required=False),
    ),
    takes=Takes.NONE,
)
def override(context: Context, args: Args) -> Reply:
    row = add_override(
        slug=args.text("schedule"),
        user=args.person("user"),
        starts_at=_minute(args.moment("start")),
        ends_at=_minute(args.moment("end")),
        reason=args.text("reason"),
        by=context.by,
    )
    name = plain(row.schedule.name)
    home = f"/{shown('oncall')}"
    return Reply(
        text=(
            f"{plain(row.user.name)} is on call on {name} from {clock_of(context, row.starts_at)} "
            f"to {clock_of(context, row.ends_at)}."
        ),
        to_everyone=True,
        undo=f"{home} uncover {row.schedule.slug} {row.pk}",
    )


@command(
    "oncall",
    "uncover",
    form="/oncall uncover <schedule> <override>",
    summary="Take an override back: one under way ends now, one to come never begins.",
    examples=("/oncall uncover shop-primary 12", "/oncall uncover on shop-primary 12"),
    who=Right.RESPOND,
    args=(_SCHEDULE, Arg("override", Kind.NUMBER, ask="Which override?")),
    takes=Takes.NONE,
)
def uncover(context: Context, args: Args) -> Reply:
    row = end_override(slug=args.text("schedule"), override=args.number("override"), by=context.by)
    if row.cancelled_at is not None:
        return only_you(f"Taken back: {plain(row.user.name)} is not put on call on {plain(row.schedule.name)}.")
    return only_you(f"{plain(row.user.name)}'s override on {plain(row.schedule.name)} ends now.")


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
