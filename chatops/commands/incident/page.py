"""Asking people to respond."""

from chatops.commands.kit import paging
from chatops.commands.kit.args import Args
from chatops.context import Context
from chatops.grammar.shapes import Takes
from chatops.registry import command
from chatops.replies import Reply
from incidents.permissions import Doing


@command(
    "incident",
    "page",
    aliases=("escalate",),
    form="/incident page <target> [text] [--low]",
    summary="Page a person, who is on call on a schedule, a team or group, or a service by its policy.",
    examples=("/incident page payments checkout is down", "/incident page @bo #142 --low"),
    who=Doing.SPEAK,
    args=paging.ARGS,
    flags=paging.FLAGS,
    takes=Takes.MARKED,
    rank=12,
)
def page(context: Context, args: Args) -> Reply:
    return paging.page(context, args)
