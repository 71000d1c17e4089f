"""Asking somebody else to take a shift, and answering that."""

from datetime import datetime

from accounts.linking import LINK_HINT
from accounts.models import User
from accounts.permissions import Right
from chatops.commands.kit.answers import clock_of, only_you
from chatops.commands.kit.args import Args
from chatops.context import Context
from chatops.grammar.shapes import Arg, Kind, Takes
from chatops.port import Button
from chatops.registry import command, shown
from chatops.replies import Reply, plain
from common.errors import Invalid, NotAllowed
from oncall import swap_queries
from oncall.models import ShiftRequest
from oncall.operations import swaps
from oncall.shift_refs import read_ref

_REQUEST = Arg("request", Kind.NUMBER, ask="Which request?")
_REASON = Arg("reason", Kind.TEXT, required=False)


@command(
    "oncall",
    "cover",
    form="/oncall cover me from <when> to <when> [reason]",
    summary="Ask for somebody who takes your shifts for a while. You stay on call until somebody does.",
    examples=(
        "/oncall cover me from 18:00 to 22:00",
        "/oncall cover me from 18:00 to 22:00 school play",
    ),
    who=Right.RESPOND,
    args=(
        Arg("start", Kind.WHEN, ask="From when?", fillers=("me", "from")),
        Arg("end", Kind.WHEN, ask="Until when?", fillers=("to", "until", "till")),
        _REASON,
    ),
    takes=Takes.NONE,
)
def cover(context: Context, args: Args) -> Reply:
    found = swaps.ask_cover_everywhere(
        starts_at=_minute(args.moment("start")),
        ends_at=_minute(args.moment("end")),
        reason=args.text("reason"),
        by=context.by,
    )
    return _asked(context, found, "Somebody is asked for cover. You stay on call until it is taken.")


@command(
    "oncall",
    "swap",
    form="/oncall swap <shift> with <user> [for <shift>]",
    summary="Ask one person to take a shift of yours, and perhaps give you one of theirs. `/oncall me` names shifts.",
    examples=(
        "/oncall swap shop-primary:primary:12 with @bo",
        "/oncall swap shop-primary:primary:12 with @bo for shop-primary:primary:13",
    ),
    who=Right.RESPOND,
    args=(
        Arg("shift", Kind.WORD, ask="Which shift? `/oncall me` names yours."),
        Arg("user", Kind.USER, ask="With whom?", fillers=("with",)),
        Arg("in_return", Kind.WORD, required=False, fillers=("for",)),
    ),
    takes=Takes.NONE,
)
def swap(context: Context, args: Args) -> Reply:
    schedule, layer, turn = read_ref(args.text("shift"))
    back = None
    if args.text("in_return"):
        other, back_layer, back_turn = read_ref(args.text("in_return"), "in_return")
        if other.pk != schedule.pk:
            raise Invalid("Both shifts have to be on one schedule.", field="in_return")
        back = (back_layer, back_turn)
    person = args.person("user")
    row = swaps.ask_swap(slug=schedule.slug, turn=(layer, turn), of=person, in_return=back, by=context.by)
    return _asked(context, [row], f"{plain(person.name)} is asked. You stay on call until they say yes.")


@command(
    "oncall",
    "take",
    form="/oncall take <request>",
    summary="Take the shifts of a request, or say yes to a swap.",
    examples=("/oncall take 12", "/oncall take request 12"),
    who=Right.RESPOND,
    args=(Arg("request", Kind.NUMBER, ask="Which request?", fillers=("request",)),),
    takes=Takes.NONE,
)
def take(context: Context, args: Args) -> Reply:
    row = swaps.take_request(number=args.number("request"), by=context.by)
    name = plain(row.taken_by.name) if row.taken_by else ""
    return Reply(
        text=f"{name} takes {plain(row.asked_by.name)}'s shift on {plain(row.schedule.name)}: {_when(context, row)}.",
        to_everyone=True,
    )


@command(
    "oncall",
    "decline",
    form="/oncall decline <request>",
    summary="Say no to a swap that you were asked for.",
    examples=("/oncall decline 12", "/oncall decline 7"),
    who=Right.RESPOND,
    args=(_REQUEST,),
    takes=Takes.NONE,
)
def decline(context: Context, args: Args) -> Reply:
    row = swaps.decline_request(number=args.number("request"), by=context.by)
    return only_you(f"Declined. {plain(row.asked_by.name)} is told, and stays on call.")


@command(
    "oncall",
    "withdraw",
    form="/oncall withdraw <request>",
    summary="Take a request of yours back: what is still to come of it is yours again.",
    examples=("/oncall withdraw 12", "/oncall withdraw 7"),
    who=Right.RESPOND,
    args=(_REQUEST,),
    takes=Takes.NONE,
)
def withdraw(context: Context, args: Args) -> Reply:
    row = swaps.withdraw_request(number=args.number("request"), by=context.by)
    again = f" {plain(row.asked_by.name)} has the shift again." if row.taken_by else ""
    return only_you(f"Request {row.pk} is taken back.{again}")


@command(
    "oncall",
    "requests",
    form="/oncall requests",
    summary="List the requests that you could take, and your own (only you see it).",
    examples=("/oncall requests", "/on-call requests"),
    who=Right.READ,
    takes=Takes.NONE,
)
def requests(context: Context, args: Args) -> Reply:
    me = _me(context)
    mine, others = list(swap_queries.asked_by(me)[:20]), list(swap_queries.could_take(me)[:20])
    lines = [f"- {row.pk}: {plain(row.asked_by.name)}, {_about(context, row)}" for row in others]
    lines += [f"- {row.pk}: yours, {_about(context, row)} ({_state(row)})" for row in mine]
    home = f"/{shown('oncall')}"
    buttons = [Button(f"Take {row.pk}", command=f"{home} take {row.pk}") for row in others[:7]]
    return only_you("\n".join(lines) or "Nobody asks for anything.", buttons=buttons)


def _asked(context: Context, rows: list[ShiftRequest], words: str) -> Reply:
    lines = [f"- Request {row.pk}: {_about(context, row)}" for row in rows]
    home = f"/{shown('oncall')}"
    return Reply(
        text="\n".join([words, *lines]),
        to_everyone=True,
        buttons=[Button(f"Take {row.pk}", command=f"{home} take {row.pk}") for row in rows[:7]],
        undo=f"{home} withdraw {rows[0].pk}" if len(rows) == 1 else "",
    )


def _about(context: Context, row: ShiftRequest) -> str:
    reason = f". {plain(row.reason)}" if row.reason else ""
    return f"{plain(row.schedule.name)}, {_when(context, row)}{reason}"


def _when(context: Context, row: ShiftRequest) -> str:
    return f"{clock_of(context, row.starts_at)} to {clock_of(context, row.ends_at)}"


def _state(row: ShiftRequest) -> str:
    if row.taken_by is not None:
        return f"{plain(row.taken_by.name)} has taken it"
    return f"{plain(row.asked_of.name)} is asked" if row.asked_of else "open"


def _me(context: Context) -> User:
    if context.by.user is None:
        raise NotAllowed("Warroom has to know which account you are.", hint=LINK_HINT)
    return context.by.user


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
