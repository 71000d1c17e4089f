"""Who is asked, and what each rule lets them do.

One letter per actor, in the order of `ACTORS`: `i` let in, `o` not signed in, `n` not allowed, `g` as if it
did not exist, `.` anything but a fault. A rule has one line for an open incident and one for a private one
that Cleo and the commander are in.
"""

from dataclasses import dataclass

ACTORS = (
    "anonymous",
    "viewer",  # Dan, an outsider
    "responder",  # Bo, not in the room
    "member",  # Cleo, a responder in the room
    "commander",  # Ada as a responder who leads
    "administrator",  # Ada, not in the room
    "reading token",  # Bo's, scope read
    "chat token",  # Bo's, scope chat
    "deactivated",  # Bo's session and token after he has left
)


@dataclass(frozen=True)
class Rule:
    """What each actor meets, for an open and for a private incident."""

    open: str
    private: str = ""

    def expected(self, actor: str, *, is_private: bool) -> str:
        letters = (self.private or self.open) if is_private else self.open
        return letters.replace(" ", "")[ACTORS.index(actor)]


#                     anonymous viewer responder member commander administrator read chat deactivated
ANY = Rule("..... ....")
EVERYBODY = Rule("iiiii iiii")
GONE = Rule("ggggg gggg")
UNSIGNED = Rule("ooooo oooo")

# --- the API: persons have a token for everything
SIGNED = Rule("oiiii iino")
WRITE = Rule("oiiii inno")
ADMIN = Rule("onnnn inno")
READ = Rule("oiiii iino", "oggii ggno")
RUN = Rule("oniii inno", "oggii gnno")
SPEAK = RUN
ACCESS = RUN
JOIN = Rule("oiiii inno", "oggii inno")
WATCH = Rule("oiiii inno", "oggii gnno")
EDIT_LINE = Rule("onnin nnno", "oggin gnno")
DELETE_LINE = Rule("onnii nnno", "oggii gnno")
BRIDGE = Rule("oiiii inio")
UNBOUND = Rule("ogggg gngo")

# --- pages: a token opens none of them
PAGE = Rule("oiiii iooo")
ADMIN_PAGE = Rule("onnnn iooo")
RESPONDER_PAGE = Rule("oniii iooo")
ADMIN_SITE = Rule("ooooo iooo")
PAGE_READ = Rule("oiiii iooo", "oggii gooo")
PAGE_RUN = Rule("oniii iooo", "oggii gooo")
PAGE_EDIT_LINE = Rule("onnin nooo", "oggin gooo")
