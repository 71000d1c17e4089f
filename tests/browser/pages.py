"""Every page of the product, taken from the URL table: a new one is visited without anybody remembering it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

#: incidents of the demo organisation: one that goes on, one in review, one published.
OPEN, REVIEWED, PUBLISHED = 4, 2, 1

#: routes that are no page: they change something, or answer with data or a file.
_NO_PAGE = {
    "account_logout": "asks once, then ends the session that every other test uses",
    "contact-add": "POST",
    "contact-change": "POST",
    "connection-end-former": "POST",
    "connection-event-retry": "POST",
    "connection-new-key": "POST",
    "connection-pause": "POST",
    "connection-standing": "a part",
    "connection-switch": "POST",
    "connection-test": "POST",
    "face": "a picture",
    "favicon": "a redirect",
    "feed": "a file",
    "feed-make": "POST",
    "feed-revoke": "POST",
    "file": "a file",
    "file-upload": "POST",
    "health-release": "POST",
    "health-retry": "POST",
    "handover-note": "POST",
    "healthz": "plain text",
    "identity-unlink": "POST",
    "inbox-answer": "POST",
    "inbox-waiting": "data",
    "incident-act": "POST",
    "line-act": "POST",
    "line-html": "a part",
    "metrics": "for Prometheus",
    "mfa_download_recovery_codes": "a file",
    "palette-run": "POST",
    "palette-suggest": "data",
    "person": "POST",
    "override-end": "POST",
    "postmortem-export": "a file",
    "postmortem-move": "POST",
    "postmortem-preview": "POST",
    "push-add": "POST",
    "push-forget": "POST",
    "push-key": "POST",
    "push-worker": "a program",
    "readyz": "data",
    "room-frames": "data",
    "room-parts": "a part",
    "room-say": "POST",
    "room-seen": "POST",
    "room-step-retry": "POST",
    "rule-add": "POST",
    "quiet-hours": "POST",
    "rule-remove": "POST",
    "schedule-archive": "POST",
    "slack-install": "POST",
    "task-change": "POST",
    "token-make": "POST",
    "token-revoke": "POST",
    "twilio-key": "POST",
}
#: pages that only stand in the way of something (a mail that was sent, a second factor that is on): they send
#: elsewhere here, and their templates are drawn by the tests of accounts.
_NOT_REACHED = {
    "account_confirm_email",
    "slack-callback",
    "account_confirm_login_code",
    "account_email_verification_sent",
    "account_reset_password_from_key",
    "account_set_password",
    "account_inactive",
    "room-fetch",  # takes a connected chat; its template is that of every form of an incident
    "account_signup",
    "mfa_authenticate",
    "mfa_deactivate_totp",
    "mfa_generate_recovery_codes",
    "mfa_reauthenticate",
    "mfa_view_recovery_codes",
}
_EXAMPLES = {
    "number": str(OPEN),
    "sequence": "2",
    "event": "1",
    "item": "1",
    "kind": "pagerduty",
    "pk": "1",
    "slug": "payments-primary",
    "token": "no-such-link",
}
#: pages of nobody: those who are signed in are sent away from them.
_OUTSIDE = {
    "account_login",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key_done",
    "page-answer",
}
#: links and things that are not known: what their pages answer
_BAD_LINKS = {"identity-link": 400, "page-answer": 404, "contact-remove": 404, "page": 404}
#: faces of a page that its bare address does not show.
_MORE = [
    f"/incidents/{REVIEWED}",
    f"/incidents/{REVIEWED}/postmortem",
    f"/incidents/{REVIEWED}/postmortem/edit",
    f"/incidents/{PUBLISHED}/postmortem",
    f"/incidents/{OPEN}/timeline?view=everything",
    f"/incidents/{OPEN}?thread=11",
    "/incidents?text=nothing+says+this",
    "/connections/add/slack?way=http",
    "/connections/add/slack?way=socket",
    "/design?page=room",
    "/design?page=timeline",
    "/design?page=now",
]


@dataclass(frozen=True)
class Visit:
    """One page, and who looks at it ("" is nobody)."""

    path: str
    who: str = "ada"
    status: int = 200

    def __str__(self) -> str:
        return self.path if self.who == "ada" else f"{self.path} as {self.who or 'nobody'}"


def every_page() -> list[Visit]:
    """All pages that people see, with the errors they may meet."""
    found = [
        Visit(f"/{path}", "" if name in _OUTSIDE else "ada", _BAD_LINKS.get(name, 200))
        for name, raw, path in _routes()
        if name not in _NO_PAGE and name not in _NOT_REACHED
    ]
    found = [visit for visit in found if visit.path != f"/incidents/{OPEN}/postmortem/edit"]
    return [
        *found,
        *(Visit(path) for path in _MORE),
        Visit("/nothing/is/here", status=404),
        Visit(f"/incidents/{OPEN}", "dan"),
        Visit("/connections/add/pagerduty", "dan", 403),
    ]


def _routes() -> Iterator[tuple[str, str, str]]:
    """Name, shape and an example of every address outside the API and the admin."""
    for raw, name in _walk(get_resolver()):
        if raw.startswith(("api/", "admin/", "hooks/")) or not name:
            continue
        shape = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", raw)
        if name in _NO_PAGE or name in _NOT_REACHED:
            yield name, shape, shape
            continue
        try:
            yield name, shape, shape.format_map(_EXAMPLES)
        except KeyError as missing:
            raise AssertionError(f"tests/browser/pages.py needs an example for {missing} of {name} ({raw})")


def _walk(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, str]]:
    for entry in resolver.url_patterns:
        raw = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield raw, entry.name or ""
        else:
            yield from _walk(entry, raw)
