"""Paging from `/oncall`, and answering what one is paged for."""

from collections.abc import Callable, Sequence

from accounts.linking import LINK_HINT
from accounts.models import User
from accounts.permissions import Right
from chatops.commands.kit import paging
from chatops.commands.kit.answers import asks, only_you
from chatops.commands.kit.args import Args
from chatops.context import Context
from chatops.grammar.shapes import Arg, Kind, Takes
from chatops.port import Button
from chatops.registry import command, shown
from chatops.replies import Reply, plain
from common.errors import NotAllowed
from incidents.paging import KIND
from incidents.permissions import Doing
from oncall.models import EscalationRun, Page
from oncall.operations.escalating import escalate as ask_next
from oncall.operations.paging import FIVE_MINUTES, acknowledge, pass_on
from oncall.operations.paging import snooze as put_off
from oncall.ports import subjects
from oncall.proof import find_page, open_pages_of
from oncall.saying_lines import length

_ALL = "all"
_PAGE = Arg("page", Kind.NUMBER, required=False)


@command(
    "oncall",
    "page",
    form="/oncall page <target> [text] [--low]",
    summary="Page somebody about this room's incident, or about one that is named.",
    examples=("/oncall page payments #142", "/oncall page @bo please look at the cards"),
    who=Doing.SPEAK,
    args=paging.ARGS,
    flags=paging.FLAGS,
    takes=Takes.MARKED,
)
def page(context: Context, args: Args) -> Reply:
    return paging.page(context, args)


@command(
    "oncall",
    "ack",
    aliases=("acknowledge", "got it"),
    form="/oncall ack [page|all]",
    summary="Say that you have it: nobody else is paged about it any more.",
    examples=("/oncall ack", "/oncall ack all"),
    who=Right.READ,
    args=(Arg("page", Kind.NUMBER, required=False, choices={_ALL: _ALL}),),
    takes=Takes.NONE,
)
def ack(context: Context, args: Args) -> Reply:
    if args.text("page") == _ALL:
        mine = list(open_pages_of(_me(context)))
        said = [_acked(context, each) for each in mine]
        return only_you("\n".join(said) or "You have no page to answer.")
    return _one(context, args, "ack", lambda found: _acked(context, found))


def _acked(context: Context, found: Page) -> str:
    answered = acknowledge(page=found, by=context.by)
    me = context.by.user
    title = _title(answered, me)
    if answered.answered_by is not None and me is not None and answered.answered_by.pk == me.pk:
        return f"You have it: {title}. Nobody else is paged about it."
    who = plain(answered.answered_by.name) if answered.answered_by else "Nobody"
    return f"{who} has it already: {title}." if answered.answered_by else f"It is over: {title}."


@command(
    "oncall",
    "pass",
    form="/oncall pass [page]",
    summary="Pass a page of yours on: the next level is asked at once.",
    examples=("/oncall pass", "/oncall pass 12"),
    who=Right.READ,
    args=(_PAGE,),
    takes=Takes.NONE,
)
def passed(context: Context, args: Args) -> Reply:
    def do(found: Page) -> str:
        pass_on(page=found, by=context.by)
        return f"Passed on: {_title(found, context.by.user)}."

    return _one(context, args, "pass", do)


@command(
    "oncall",
    "snooze",
    form="/oncall snooze [page] [dur]",
    summary="Put a page of yours off, once: five minutes, or as long as you say, at most an hour.",
    examples=("/oncall snooze", "/oncall snooze 12 10m"),
    who=Right.READ,
    args=(_PAGE, Arg("dur", Kind.DURATION, required=False, fillers=("for",))),
    takes=Takes.NONE,
)
def snooze(context: Context, args: Args) -> Reply:
    wait = args.length("dur") or FIVE_MINUTES

    def do(found: Page) -> str:
        put_off(page=found, by=context.by, length=wait)
        return f"You are paged again in {length(wait)}: {_title(found, context.by.user)}."

    return _one(context, args, "snooze", do)


@command(
    "oncall",
    "escalate",
    form="/oncall escalate [page]",
    summary="Ask the next level now: of a page of yours, or of what this room's incident is paged by.",
    examples=("/oncall escalate", "/oncall escalate 12"),
    who=Right.RESPOND,
    args=(_PAGE,),
    takes=Takes.NONE,
)
def escalate(context: Context, args: Args) -> Reply:
    def do(found: Page) -> str:
        assert found.run is not None
        return paging.said_of([ask_next(run=found.run, by=context.by)])

    here = _asking_here(context)
    if args.number_or_none("page") is None and here is not None:
        return only_you(paging.said_of([ask_next(run=here, by=context.by)]))
    return _one(context, args, "escalate", do)


def _asking_here(context: Context) -> EscalationRun | None:
    """The one escalation of this room's incident that still asks."""
    if context.incident is None:
        return None
    rows = EscalationRun.objects.filter(subject_kind=KIND, subject_id=context.incident.pk, ended_at__isnull=True)
    asking = list(rows.filter(acked_at__isnull=True).order_by("pk")[:2])
    return asking[0] if len(asking) == 1 else None


def _one(context: Context, args: Args, sub: str, do: Callable[[Page], str]) -> Reply:
    """Do it to the page that is named, else to the only one that asks; several: ask which."""
    me = _me(context)
    number = args.number_or_none("page")
    if number is not None:
        return only_you(do(find_page(number, context.by)))
    mine = list(open_pages_of(me)[:8])
    if len(mine) == 1:
        return only_you(do(mine[0]))
    if not mine:
        return only_you("You have no page to answer.")
    return asks("Which page?", buttons=_buttons(mine, me, sub))


def _buttons(pages: Sequence[Page], me: User, sub: str) -> list[Button]:
    home = f"/{shown('oncall')} {sub}"
    found = [Button(_title(page, me)[:60], command=f"{home} {page.pk}") for page in pages]
    return [*found[:7], Button("All", command=f"{home} {_ALL}")] if sub == "ack" else found


def _me(context: Context) -> User:
    if context.by.user is None:
        raise NotAllowed("Warroom has to know which account you are.", hint=LINK_HINT)
    return context.by.user


def _title(page: Page, reader: User | None) -> str:
    found = subjects()[page.subject_kind].titles([page.subject_id], reader).get(page.subject_id)
    return plain(found[0]) if found else f"page {page.pk}"
