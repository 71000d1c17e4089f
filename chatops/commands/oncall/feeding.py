"""Where one gets the secret address by which a calendar reads one's shifts."""

from accounts.permissions import Right
from chatops.commands.kit.answers import address, only_you
from chatops.commands.kit.args import Args
from chatops.context import Context
from chatops.grammar.shapes import Takes
from chatops.port import Button
from chatops.registry import command
from chatops.replies import Reply

_PAGE = "/oncall/me#feeds"


@command(
    "oncall",
    "feed",
    aliases=("calendar", "ics"),
    form="/oncall feed",
    summary="Say where you get your shifts as a calendar (only you see it).",
    examples=("/oncall feed", "/oncall calendar"),
    who=Right.READ,
    takes=Takes.NONE,
)
def feed(context: Context, args: Args) -> Reply:
    # The address is a secret: it is shown by the page, once, and never stands in a chat's history.
    return only_you(
        f"You make and revoke the secret address on your own page: {address(_PAGE)}",
        buttons=[Button("My shifts", url=address(_PAGE))],
        open_url=_PAGE,
    )
