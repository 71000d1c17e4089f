"""What can go wrong on purpose. Every door (web, API, chat) draws these in its own way.

`code` is stable and documented; `field` names the input that is at fault; `hint` says what to do next.
"""


class Refused(Exception):
    """An operation said no. Nothing was changed."""

    code = "refused"
    status = 409

    def __init__(self, message: str, *, field: str = "", hint: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.hint = hint
        if code:
            self.code = code

    def __str__(self) -> str:
        return self.message


class Invalid(Refused):
    """The input itself is wrong; `field` names it."""

    code = "invalid"
    status = 400


class NotAllowed(Refused):
    """The person may not do this; the message says who may."""

    code = "not-allowed"
    status = 403


class NotFound(Refused):
    """It does not exist, or the person must not learn that it does."""

    code = "not-found"
    status = 404


class Conflict(Refused):
    """Somebody else was faster, or the state does not allow it."""

    code = "conflict"
    status = 409


class Unavailable(Refused):
    """Something that this installation needs for it does not answer now; the same may go through later."""

    code = "unavailable"
    status = 503


class PartnerTrouble(Exception):
    """A call to the outside failed.

    `permanent`: trying again can't help. `retry_after`: seconds the partner asked us to wait.
    `unclear`: the partner may have done it although no answer came. `needs_hands`: an administrator has to
    mend the connection first; what waits goes then. `place_gone`: the place itself is away, archived or closed
    to us, so nothing can be shown there until people have mended that.
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        retry_after: float | None = None,
        unclear: bool = False,
        needs_hands: bool = False,
        place_gone: bool = False,
        code: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.permanent = permanent
        self.retry_after = retry_after
        self.unclear = unclear
        self.needs_hands = needs_hands
        self.place_gone = place_gone
        self.code = code
