"""Asking who is on call. Nothing here changes anything."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from accounts.linking import LINK_HINT
from accounts.models import User
from accounts.permissions import Right
from chatops.commands.kit.answers import clock_of, only_you
from chatops.commands.kit.args import Args
from chatops.commands.kit.help_texts import help_reply
from chatops.commands.oncall.lines import gap_line, shift_line, span, standing_line
from chatops.context import Context
from chatops.grammar.shapes import Arg, Kind, Takes
from chatops.port import Button
from chatops.registry import command, registry, shown
from chatops.replies import Reply, plain
from common import clock
from common.errors import NotAllowed
from oncall.models import Schedule
from oncall.queries import final_of, people_of, shifts_of, standing
from oncall.rules.schedules.plan import Shift
from oncall.shift_refs import ref_of

_MOST = 20
_WEEK = timedelta(days=7)
_MONTH = timedelta(days=28)
_SCHEDULE = Arg("schedule", Kind.SCHEDULE, ask="Which schedule?", fillers=("on", "for"))
_ANY = Arg("schedule", Kind.SCHEDULE, required=False, fillers=("on", "for"))
_AT = Arg("at", Kind.WHEN, required=False, fillers=("at",))


@command(
    "oncall",
    "",
    form="/oncall",
    summary="Say who is on call now, on your teams' schedules first (only you see it).",
    examples=("/oncall", "/on-call"),
    who=Right.READ,
    takes=Takes.NONE,
    root_aliases=("on-call",),
)
def now(context: Context, args: Args) -> Reply:
    return _everywhere(context, clock.now())


def _everywhere(context: Context, at: datetime) -> Reply:
    schedules = _of_my_teams(context.by.user) or list(_in_use()[: _MOST + 1])
    if not schedules:
        return only_you("There is no schedule yet. One is made on the page On call.")
    lines = [standing_line(context, each, standing(each, at), at) for each in schedules[:_MOST]]
    if len(schedules) > _MOST:
        lines.append("… and more. Ask for one: `/" + shown("oncall") + " who <schedule>`.")
    home = f"/{shown('oncall')}"
    return only_you("\n".join(lines), buttons=[Button("My shifts", f"{home} me"), Button("Help", f"{home} help")])


@command(
    "oncall",
    "who",
    form="/oncall who [schedule] [at when]",
    summary="Say who is on call, now or at another time (only you see it).",
    examples=("/oncall who shop-primary", "/oncall who shop-primary at tomorrow 9"),
    who=Right.READ,
    args=(_ANY, _AT),
    takes=Takes.NONE,
)
def who(context: Context, args: Args) -> Reply:
    at = args.at("at") or clock.now()
    if not args.text("schedule"):
        return _everywhere(context, at)
    schedule = _schedule(args)
    line = standing_line(context, schedule, standing(schedule, at), at)
    read = args.how_read("at")
    return only_you(f"{line}\n{read}" if read else line)


@command(
    "oncall",
    "me",
    aliases=("mine", "shifts"),
    form="/oncall me",
    summary="List your shifts of the next four weeks (only you see it).",
    examples=("/oncall me", "/oncall mine"),
    who=Right.READ,
    takes=Takes.NONE,
)
def mine(context: Context, args: Args) -> Reply:
    me = context.by.user
    if me is None:
        raise NotAllowed("Warroom has to know which account you are.", hint=LINK_HINT)
    found = shifts_of(me, clock.now(), clock.now() + _MONTH)
    if not found:
        return only_you("You are not on call in the next four weeks.")
    lines = [
        f"- {plain(schedule.name)}: {span(context, shift)}{_ref(schedule, shift)}" for schedule, shift in found[:_MOST]
    ]
    if len(found) > _MOST:
        lines.append(f"… and {len(found) - _MOST} more.")
    return only_you("\n".join(lines))


@command(
    "oncall",
    "next",
    form="/oncall next [schedule]",
    summary="Say who follows, on one schedule or on your teams' (only you see it).",
    examples=("/oncall next", "/oncall next shop-primary"),
    who=Right.READ,
    args=(_ANY,),
    takes=Takes.NONE,
)
def following(context: Context, args: Args) -> Reply:
    schedules = [_schedule(args)] if args.text("schedule") else _of_my_teams(context.by.user) or list(_in_use()[:_MOST])
    lines = []
    for schedule in schedules[:_MOST]:
        shift = standing(schedule, clock.now()).following
        said = shift_line(context, shift, people_of([shift])) if shift else "- nobody in the next five weeks"
        lines.append(f"**{plain(schedule.name)}**\n{said}")
    return only_you("\n".join(lines) or "There is no schedule yet.")


@command(
    "oncall",
    "schedule",
    aliases=("show", "week"),
    form="/oncall schedule <schedule>",
    summary="Show the next seven days of a schedule (only you see it).",
    examples=("/oncall schedule shop-primary", "/oncall week shop-primary"),
    who=Right.READ,
    args=(_SCHEDULE,),
    takes=Takes.NONE,
)
def week(context: Context, args: Args) -> Reply:
    schedule = _schedule(args)
    found = final_of(schedule, clock.now(), clock.now() + _WEEK)
    people = people_of(found.shifts)
    lines = [
        shift_line(context, piece, people) if isinstance(piece, Shift) else gap_line(context, piece)
        for piece in found.pieces
    ]
    if len(lines) > _MOST:
        lines = [*lines[:_MOST], f"… and {len(lines) - _MOST} more until {clock_of(context, clock.now() + _WEEK)}"]
    return only_you(f"**{plain(schedule.name)}**, the next seven days\n" + "\n".join(lines))


@command(
    "oncall",
    "help",
    aliases=("?",),
    form="/oncall help [sub]",
    summary="Show what `/oncall` can do, or one command.",
    examples=("/oncall help", "/oncall help override"),
    who=Right.READ,
    args=(Arg("topic", Kind.TEXT, required=False),),
    takes=Takes.NONE,
)
def oncall_help(context: Context, args: Args) -> Reply:
    return help_reply(context, registry(), "oncall", args.text("topic") or "oncall")


def _ref(schedule: Schedule, shift: Shift) -> str:
    """What the shift is called in `/oncall swap`."""
    if shift.source.kind != "layer":
        return ""
    return f" ({ref_of(schedule, shift.source.name, shift.source.turn)})"


def _in_use() -> QuerySet[Schedule]:
    return Schedule.objects.filter(archived_at__isnull=True).select_related("team")


def _of_my_teams(user: User | None) -> list[Schedule]:
    return list(_in_use().filter(team__members=user)[: _MOST + 1]) if user else []


def _schedule(args: Args) -> Schedule:
    return _in_use().get(slug=args.text("schedule"))
