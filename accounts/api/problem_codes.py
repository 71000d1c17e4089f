"""Every code of a problem document: what it means and what to do. The page /docs/problems shows them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ProblemCode:
    """One code; `status` is the HTTP status it comes with. Texts are markdown."""

    code: str
    status: int
    means: str
    do: str = ""


PROBLEM_CODES = (
    ProblemCode("invalid", 400, "The input is wrong; `field` names it.", "Mend it and send it again."),
    ProblemCode(
        "not-signed-in",
        401,
        "No token, or one that is unknown, revoked or expired.",
        "Make a token under *Your profile*.",
    ),
    ProblemCode(
        "not-allowed",
        403,
        "The token's scopes or the person's role do not allow it; the title says who may.",
        "Ask one of them.",
    ),
    ProblemCode("not-found", 404, "It does not exist, or you must not learn that it does."),
    ProblemCode("wrong-method", 405, "This address takes another method."),
    ProblemCode("conflict", 409, "Somebody was faster, or the state does not allow it.", "Read it again, then decide."),
    ProblemCode("refused", 409, "The operation said no; the title says why."),
    ProblemCode(
        "under-way",
        409,
        "The first request with this `Idempotency-Key` has not been answered yet.",
        "Wait a little, send the same again.",
    ),
    ProblemCode("gone", 400, "The line that a file belongs to was deleted."),
    ProblemCode(
        "file-lost",
        404,
        "The store of attachments has lost this file.",
        "Ask an administrator; a backup may hold it.",
    ),
    ProblemCode(
        "key-reused",
        422,
        "This `Idempotency-Key` was used for another request.",
        "Take a new key for a new request.",
    ),
    ProblemCode("too-large", 413, "The body is over the limit.", "Send less."),
    ProblemCode("wrong-type", 415, "Not `application/json`, or the file is of a type that is not taken."),
    ProblemCode(
        "too-many-requests",
        429,
        "Over the limit of this token; `Retry-After` says how long.",
        "Wait, then go on.",
    ),
    ProblemCode(
        "unavailable",
        503,
        "Something needed for it does not answer now, such as the store of attachments.",
        "Send the same again a little later.",
    ),
    ProblemCode(
        "fault",
        500,
        "It failed on our side; `reference` stands in the log.",
        "Give an administrator the reference.",
    ),
)
