"""The handover note from a chat."""

from accounts.linking import LINK_HINT
from accounts.permissions import Right
from chatops.commands.kit.answers import only_you
from chatops.commands.kit.args import Args
from chatops.context import Context
from chatops.grammar.shapes import Arg, Kind, Takes
from chatops.registry import command, shown
from chatops.replies import Reply, plain
from common.errors import NotAllowed
from oncall.operations.handing_over import draft_of, hand_over


@command(
    "oncall",
    "handoff",
    aliases=("handover",),
    form="/oncall handoff [note]",
    summary="Leave a note to who is on call after you; without one, see a draft (only you see it).",
    examples=("/oncall handoff", "/oncall handoff The queue of payments is slow since noon"),
    who=Right.READ,
    args=(Arg("note", Kind.TEXT, required=False),),
    takes=Takes.NONE,
)
def handoff(context: Context, args: Args) -> Reply:
    if context.by.user is None:
        raise NotAllowed("Warroom has to know which account you are.", hint=LINK_HINT)
    if not args.text("note"):
        draft = "\n".join(f"- {plain(line)}" for line in draft_of(context.by.user).splitlines())
        return only_you(f"A draft:\n{draft}\nLeave it, or your own: `/{shown('oncall')} handoff <note>`")
    rows = hand_over(note=args.text("note"), by=context.by)
    names = ", ".join(plain(row.schedule.name) for row in rows)
    return only_you(f"Your note is left on {names}.")
