"""The table: one row for each way of asking each address. Words in braces come from the world."""

from dataclasses import dataclass, field
from typing import Any

from tests.api.matrix import rules as may
from tests.api.matrix.rules import Rule


@dataclass(frozen=True)
class Row:
    """One request and the rule that it is under."""

    method: str
    url: str
    rule: Rule
    body: dict[str, Any] = field(default_factory=dict)
    has_file: bool = False

    @property
    def is_api(self) -> bool:
        return self.url.startswith("/api/")

    @property
    def concerns_incident(self) -> bool:
        return bool(self.rule.private)


def _api(method: str, path: str, rule: Rule, **body: Any) -> Row:
    return Row(method, f"/api/v1/{path}", rule, body)


def _incident(method: str, path: str, rule: Rule, **body: Any) -> Row:
    return Row(method, f"/api/v1/incidents/{{number}}{path}", rule, body)


def _page(method: str, path: str, rule: Rule, **body: Any) -> Row:
    return Row(method, f"/{path}", rule, body)


def _room(method: str, path: str, rule: Rule, **body: Any) -> Row:
    return Row(method, f"/incidents/{{number}}{path}", rule, body)


PEOPLE = [
    _api("get", "schema", may.Rule("oiiii iiio")),
    _api("get", "docs", may.Rule("oiiii iiio")),
    _api("get", "me", may.SIGNED),
    _api("patch", "me", may.WRITE, name="Somebody"),
    _api("get", "users", may.SIGNED),
    _api("post", "users", may.ADMIN, email="new@example.com"),
    _api("get", "users/{bo}", may.SIGNED),
    _api("patch", "users/{bo}", may.ADMIN, role="viewer"),
    _api("post", "users/{dan}/deactivate", may.ADMIN),
    _api("post", "users/{dan}/reactivate", may.ADMIN),
    _api("post", "users/{dan}/link", may.ADMIN),
    _api("get", "teams", may.SIGNED),
    _api("post", "teams", may.ADMIN, name="New"),
    _api("get", "teams/shop", may.SIGNED),
    _api("patch", "teams/shop", may.ADMIN, name="Shopping"),
    # What is not one's own does not exist.
    _api("get", "me/contact-methods", may.SIGNED),
    _api("post", "me/contact-methods", may.WRITE, kind="email", address="home@example.org"),
    _api("get", "me/contact-methods/{other_method}", may.Rule("ogggg ggno")),
    _api("delete", "me/contact-methods/{other_method}", may.Rule("ogggg gnno")),
    _api("post", "me/contact-methods/{other_method}/code", may.Rule("ogggg gnno")),
    _api("post", "me/contact-methods/{other_method}/verify", may.Rule("ogggg gnno"), code="123456"),
    _api("post", "me/contact-methods/{other_method}/test", may.Rule("ogggg gnno")),
    _api("get", "me/notification-rules", may.SIGNED),
    Row(
        "post",
        "/api/v1/me/notification-rules",
        may.Rule("ogggg gnno"),
        {"method": "{other_method}", "urgency": "high"},
    ),
    _api("delete", "me/notification-rules/{other_rule}", may.Rule("ogggg gnno")),
    _api("get", "users/{somebody}/contact-methods", may.ADMIN),
    _api("get", "tokens", may.SIGNED),
    _api("post", "tokens", may.WRITE, name="x", scopes=["read"]),
    _api("get", "tokens/{other_token}", may.Rule("ogggg ggno")),
    _api("delete", "tokens/{other_token}", may.Rule("ogggg gnno")),
]

OUTSIDE = [
    _api("get", "connection-kinds", may.ADMIN),
    _api("get", "connections", may.ADMIN),
    _api("post", "connections", may.ADMIN, kind="pagerduty", settings={"webhook_secret": "x"}),
    _api("get", "connections/{connection}", may.ADMIN),
    _api("patch", "connections/{connection}", may.ADMIN, name="Ours"),
    _api("delete", "connections/{connection}", may.ADMIN),
    _api("post", "connections/{connection}/test", may.ADMIN),
    _api("post", "connections/{connection}/new-key", may.ADMIN),
    _api("post", "connections/{connection}/end-former", may.ADMIN, secret="webhook_secret"),
    _api("get", "connections/{connection}/events", may.ADMIN),
    _api("get", "connections/{connection}/events/{event}", may.ADMIN),
    _api("get", "deliveries", may.ADMIN),
    _api("get", "deliveries/{delivery}", may.ADMIN),
    _api("post", "deliveries/{delivery}/retry", may.ADMIN),
    _api("get", "deliveries/{private_delivery}", may.Rule("onnnn gnno")),
    _api("get", "dead-letters", may.ADMIN),
    _api("post", "dead-letters/connections.received/{dead}/retry", may.ADMIN),
    _api("get", "services", may.SIGNED),
    _api("post", "services", may.ADMIN, name="New"),
    _api("get", "services/checkout", may.SIGNED),
    _api("patch", "services/checkout", may.ADMIN, name="Till"),
    _api(
        "post",
        "schedules/preview",
        may.SIGNED,
        time_zone="UTC",
        layers=[],
        window={"from": "2026-06-01T00:00Z", "to": "2026-06-02T00:00Z"},
    ),
    _api("get", "oncall", may.SIGNED),
    _api("get", "schedules", may.SIGNED),
    _api("post", "schedules", may.ADMIN, name="Days", time_zone="UTC", layers=[]),
    _api("get", "schedules/nights", may.SIGNED),
    _api("patch", "schedules/nights", may.ADMIN, description="first line"),
    _api("delete", "schedules/nights", may.ADMIN),
    _api("get", "schedules/nights/final", may.SIGNED),
    _api("get", "schedules/nights/now", may.SIGNED),
    _api("get", "schedules/nights/why", may.SIGNED),
    _api("get", "schedules/nights/quality", may.SIGNED),
    _api("post", "schedules/nights/difference", may.SIGNED, time_zone="UTC"),
    _api("get", "schedules/nights/overrides", may.SIGNED),
    _api(
        "post",
        "schedules/nights/overrides",
        may.ADMIN,
        **{"user": "somebody@example.com", "from": "2099-06-01T00:00Z", "to": "2099-06-02T00:00Z"},
    ),
    _api("delete", "schedules/nights/overrides/{override}", may.ADMIN),
    _api(
        "post",
        "schedules/nights/requests",
        may.Rule("oniii inno"),
        **{"from": "2099-06-01T00:00Z", "to": "2099-06-02T00:00Z"},
    ),
    _api("get", "shift-requests", may.SIGNED),
    _api("get", "shift-requests/{request}", may.SIGNED),
    _api("get", "shift-requests/{request}/effect", may.SIGNED),
    _api("delete", "shift-requests/{request}", may.ADMIN),
    _api("post", "shift-requests/{request}/take", may.Rule("oniii inno")),
    # Only who was asked says no; this one was asked of nobody.
    _api("post", "shift-requests/{request}/decline", may.Rule("onnnn nnno")),
    _api("get", "escalation-policies", may.SIGNED),
    _api(
        "post",
        "escalation-policies",
        may.ADMIN,
        name="Nights too",
        levels=[{"targets": [{"kind": "person", "ref": "somebody@example.com"}]}],
    ),
    _api("get", "escalation-policies/nights", may.SIGNED),
    _api("patch", "escalation-policies/nights", may.ADMIN, description="first line"),
    _api("delete", "escalation-policies/nights", may.ADMIN),
    _api("get", "escalation-policies/nights/simulate", may.SIGNED),
    _api("get", "pages", may.SIGNED),
    _api("get", "pages/{page}", may.READ),
    _api("post", "pages/{page}/ack", may.RUN),
    _api("post", "pages/{page}/pass", may.Rule("onnnn nnno", "oggnn gnno")),
    _api("post", "pages/{page}/snooze", may.Rule("onnnn nnno", "oggnn gnno")),
    _api("get", "alerts", may.SIGNED),
    _api("get", "alerts/{alert}", may.READ),
    _api("get", "alerts/{alert}/why", may.READ),
    _api("get", "alert-groups", may.SIGNED),
    _api("get", "alert-groups/{group}", may.READ),
    _api("get", "alert-groups/{group}/why", may.READ),
]

_SAID = {"user": {"id": "U1", "name": "ana"}, "room": {"id": "ops"}, "message_id": "m-1"}

CHAT = [
    _api("post", "chat/commands", may.BRIDGE, text="/incident help", **_SAID),
    _api("post", "chat/messages", may.UNBOUND, text="hello", **_SAID),
    _incident("get", "/rooms", may.READ),
    _api("get", "rooms/{room}/fetch", may.READ),
    _api("post", "rooms/{room}/fetch", may.RUN),
    _api("post", "rooms/{room}/steps/create/retry", may.RUN),
]

INCIDENTS = [
    _api("get", "incidents", may.SIGNED),
    _api("post", "incidents", may.WRITE, title="x"),
    _incident("get", "", may.READ),
    _incident("patch", "", may.RUN, title="Better"),
    _incident("post", "/messages", may.SPEAK, text="x"),
    _incident("patch", "/messages/{line}", may.EDIT_LINE, text="y"),
    _incident("delete", "/messages/{line}", may.DELETE_LINE),
    _incident("post", "/messages/{line}/reactions", may.SPEAK, emoji="👍"),
    _incident("post", "/messages/{line}/pin", may.SPEAK),
    _incident("get", "/timeline", may.READ),
    _incident("get", "/timeline?view=log", may.READ),
    _incident("post", "/timeline", may.SPEAK, text="x"),
    _incident("get", "/timeline/{line}", may.READ),
    _incident("patch", "/timeline/{line}", may.RUN, hidden=True),
    _incident("post", "/status", may.RUN, status="fixing"),
    _incident("post", "/severity", may.RUN, severity=1),
    _incident("post", "/mitigate", may.RUN),
    _incident("post", "/resolve", may.RUN),
    _incident("post", "/close", may.RUN),
    _incident("post", "/cancel", may.RUN, reason="false alarm"),
    _incident("post", "/reopen", may.RUN, reason="it came back again"),
    _incident("post", "/merge", may.RUN, into="{other}"),
    _incident("post", "/access", may.ACCESS, private=True),
    _incident("post", "/links", may.RUN, url="https://example.com"),
    _incident("delete", "/links?url=https://example.com", may.RUN),
    _incident("post", "/page", may.RUN, target="somebody@example.com"),
    _incident("post", "/services", may.RUN, service="checkout"),
    _incident("delete", "/services/checkout", may.RUN),
    _incident("post", "/tags", may.RUN, tag="db"),
    _incident("delete", "/tags/db", may.RUN),
    _incident("get", "/related", may.READ),
    _incident("post", "/related", may.RUN, incident="{other}"),
    _incident("delete", "/related/{other}", may.RUN),
    _incident("get", "/roles", may.READ),
    _incident("post", "/roles", may.RUN, role="scribe", user="@cleo"),
    _incident("delete", "/roles/scribe", may.RUN),
    _incident("get", "/members", may.READ),
    _incident("post", "/members", may.RUN, user="@dan"),
    _incident("delete", "/members/cleo", may.ACCESS),
    _incident("post", "/join", may.JOIN),
    _incident("post", "/leave", may.WATCH),
    _incident("post", "/watch", may.WATCH),
    _incident("get", "/action-items", may.READ),
    _incident("post", "/action-items", may.RUN, text="x"),
    _incident("get", "/action-items/1", may.READ),
    _incident("patch", "/action-items/1", may.RUN, done=True),
    _incident("get", "/updates", may.READ),
    _incident("post", "/updates", may.RUN, text="x"),
    _incident("get", "/postmortem", may.READ),
    _incident("post", "/postmortem", may.RUN),
    _incident("patch", "/postmortem", may.RUN, body="x", version=1),
    _incident("post", "/postmortem/state", may.RUN, state="review"),
    _incident("post", "/postmortem/offers", may.RUN, insert=True),
    _incident("get", "/postmortem/export?format=md", may.READ),
    _incident("get", "/postmortem/export?format=docx", may.READ),
    _incident("get", "/export?format=json", may.READ),
    _incident("get", "/attachments", may.READ),
    Row("post", "/api/v1/incidents/{number}/attachments", may.SPEAK, has_file=True),
    _incident("get", "/attachments/{file}", may.READ),
]

PAGES = [
    _page("get", "", may.PAGE),
    _page("get", "healthz", may.EVERYBODY),
    _page("get", "faces/3-bo.png", may.EVERYBODY),
    _page("get", "favicon.ico", may.EVERYBODY),
    _page("get", "readyz", may.EVERYBODY),
    _page("get", "metrics", may.EVERYBODY),
    _page("get", "health", may.PAGE),
    _page("post", "health/retry", may.ADMIN_PAGE, table="connections.received", pk="{dead}"),
    _page("post", "health/release", may.ADMIN_PAGE),
    _page("get", "design", may.PAGE),
    _page("get", "docs/problems", may.PAGE),
    _page("get", "commands", may.PAGE),
    _page("post", "palette/run", may.PAGE, text="/incident help"),
    _page("get", "palette/suggest?q=inc", may.PAGE),
    _page("get", "me", may.PAGE),
    _page("post", "me/tokens", may.PAGE, name="x", scopes="read"),
    _page("post", "me/tokens/{other_token}/revoke", may.Rule("ogggg gooo")),
    _page("get", "me/link/nonsense", may.Rule("o.... .ooo")),
    # Somebody else's: told so (409); an administrator unlinks it.
    _page("post", "me/identities/{other_identity}/unlink", may.PAGE),
    _page("get", "people", may.PAGE),
    _page("post", "people", may.ADMIN_PAGE, email="new@example.com", role="viewer"),
    _page("post", "people/{dan}", may.ADMIN_PAGE, do="role", role="viewer"),
    _page("get", "connections", may.PAGE),
    _page("get", "connections/{connection}", may.PAGE),
    # Slack leads back here with a state that no session has; the connection of the matrix is no Slack.
    _page("get", "connections/slack/callback", may.ADMIN_PAGE),
    _page("post", "connections/slack/callback", may.ADMIN_PAGE),
    _page("post", "connections/slack/{connection}/install", may.Rule("onnnn gooo")),
    _page("get", "connections/add/pagerduty", may.ADMIN_PAGE),
    _page("get", "connections/{connection}/standing", may.ADMIN_PAGE),
    _page("post", "connections/{connection}/test", may.ADMIN_PAGE),
    _page("post", "connections/{connection}/switch", may.ADMIN_PAGE, on="0"),
    _page("post", "connections/{connection}/pause", may.ADMIN_PAGE, on="1"),
    _page("get", "connections/{connection}/edit", may.ADMIN_PAGE),
    _page("post", "connections/{connection}/edit", may.ADMIN_PAGE, name="Ours"),
    _page("post", "connections/{connection}/new-key", may.ADMIN_PAGE),
    _page("post", "connections/{connection}/end-former", may.ADMIN_PAGE, secret="webhook_secret"),
    _page("get", "connections/{connection}/remove", may.ADMIN_PAGE),
    _page("post", "connections/{connection}/remove", may.ADMIN_PAGE),
    _page("post", "connections/{connection}/events/{dead}/retry", may.ADMIN_PAGE),
    _page("get", "incidents", may.PAGE),
    _page("get", "incidents/new", may.PAGE),
    _page("post", "incidents/new", may.PAGE, title="x"),
    _page("get", "postmortems", may.PAGE),
    _page("get", "followups", may.PAGE),
    # The link is its own key, whoever holds it; one that is not known is nobody's.
    _page("get", "a/{answer_token}", may.EVERYBODY),
    _page("post", "a/{answer_token}", may.EVERYBODY, do="seen"),
    _page("get", "a/no-such-link", may.GONE),
    _page("post", "a/no-such-link", may.GONE, do="ack"),
    # Only what the provider has signed: nobody's session helps.
    _page("post", "voice/{page}/{other_method}", may.UNSIGNED, Digits="4"),
    _page("get", "push-worker.js", may.EVERYBODY),
    _page("post", "me/push/key", may.PAGE),
    _page("post", "me/push", may.PAGE, endpoint="https://push.example/1"),
    _page("post", "me/push/forget", may.PAGE, endpoint="https://push.example/1"),
    _page("get", "inbox", may.PAGE),
    _page("get", "inbox/waiting", may.PAGE),
    _page("get", "pages/{page}", may.PAGE_READ),
    _page("post", "inbox/{page}", may.Rule("ogggg gooo"), do="ack"),
    _page("get", "me/notifications", may.PAGE),
    _page("post", "me/contact-methods", may.PAGE, kind="email", address="home@example.org"),
    _page("get", "me/contact-methods/{other_method}/remove", may.Rule("ogggg gooo")),
    _page("post", "me/contact-methods/{other_method}/remove", may.Rule("ogggg gooo")),
    _page("post", "me/contact-methods/{other_method}/test", may.Rule("ogggg gooo")),
    _page("post", "me/notification-rules", may.PAGE, urgency="high", minutes="5"),
    _page("post", "me/notification-rules/{other_rule}/remove", may.Rule("ogggg gooo")),
    _page("get", "oncall", may.PAGE),
    _page("get", "schedules/nights", may.PAGE),
    _page(
        "post",
        "schedules/nights",
        may.ADMIN_PAGE,
        user="{somebody}",
        start="2099-06-01T00:00",
        end="2099-06-02T00:00",
    ),
    _page("get", "schedules/new", may.RESPONDER_PAGE),
    _page("post", "schedules/new", may.RESPONDER_PAGE, do="preview"),
    _page("get", "schedules/nights/edit", may.ADMIN_PAGE),
    _page("post", "schedules/nights/edit", may.ADMIN_PAGE, do="preview"),
    _page("get", "oncall/me", may.PAGE),
    _page("post", "oncall/me/feeds", may.PAGE, schedule="nights"),
    _page("post", "oncall/me/feeds/{other_feed}/revoke", may.Rule("ogggg gooo")),
    # The address is its own key, whoever holds it.
    _page("get", "feeds/{feed_secret}.ics", may.EVERYBODY),
    _page("get", "feeds/no-such-calendar.ics", may.GONE),
    _page("get", "schedules/nights/ask", may.RESPONDER_PAGE),
    _page("post", "schedules/nights/ask", may.RESPONDER_PAGE, start="2099-06-01T00:00", end="2099-06-02T00:00"),
    _page("get", "shift-requests/{request}", may.PAGE),
    _page("post", "shift-requests/{request}", may.RESPONDER_PAGE, do="take"),
    _page("post", "schedules/nights/archive", may.ADMIN_PAGE),
    _page("post", "schedules/nights/overrides/{override}/end", may.ADMIN_PAGE),
    _room("get", "", may.PAGE_READ),
    _room("get", "/parts", may.PAGE_READ),
    _room("get", "/frames?after=0", may.PAGE_READ),
    _room("post", "/say", may.PAGE_RUN, text="x"),
    _room("post", "/seen", may.PAGE_READ, sequence="1"),
    _room("post", "/steps/{step}", may.PAGE_RUN),
    _room("get", "/rooms/{room}/fetch", may.PAGE_RUN),
    _room("post", "/rooms/{room}/fetch", may.PAGE_RUN),
    _room("get", "/lines/{line}/history", may.PAGE_READ),
    _room("get", "/lines/{line}/html", may.PAGE_READ),
    _room("post", "/lines/{line}/pin", may.PAGE_RUN, on="1"),
    _room("post", "/lines/{line}/edit", may.PAGE_EDIT_LINE, text="y"),
    _room("get", "/timeline", may.PAGE_READ),
    _room("get", "/tasks", may.PAGE_READ),
    _room("post", "/tasks", may.PAGE_RUN, text="x"),
    _room("post", "/tasks/1", may.PAGE_RUN, do="done"),
    _room("get", "/tasks/1/edit", may.PAGE_READ),
    _room("post", "/tasks/1/edit", may.PAGE_RUN, text="y"),
    _room("get", "/alerts", may.PAGE_READ),
    _room("get", "/updates", may.PAGE_READ),
    _room("post", "/updates", may.PAGE_RUN, text="x"),
    _room("get", "/audit", may.PAGE_READ),
    _room("post", "/facts", may.PAGE_RUN, title="Better", severity="1", status="fixing"),
    _room("post", "/now", may.PAGE_RUN, now="x"),
    _room("post", "/people", may.PAGE_RUN, role="scribe", user="{cleo}"),
    _room("post", "/resolve", may.PAGE_RUN),
    _room("post", "/cancel", may.PAGE_RUN, reason="false alarm"),
    _room("post", "/close", may.PAGE_RUN),
    _room("post", "/reopen", may.PAGE_RUN, reason="it came back again"),
    _room("post", "/merge", may.PAGE_RUN, into="{other}"),
    _room("post", "/access", may.PAGE_RUN, private="1"),
    _room("post", "/do/mitigate", may.PAGE_RUN),
    # An administrator joins what is private, on the page as by API and command.
    _room("post", "/do/join", may.Rule("oiiii iooo", "oggii iooo")),
    _room("get", "/postmortem", may.PAGE_READ),
    _room("get", "/postmortem/edit", may.PAGE_READ),
    _room("post", "/postmortem/preview", may.PAGE_READ, body="x"),
    _room("post", "/postmortem/move", may.PAGE_RUN, state="review"),
    _room("get", "/postmortem/export?format=md", may.PAGE_READ),
    _room("post", "/files", may.PAGE_RUN),
    _room("get", "/files/{file}", may.PAGE_READ),
]

ROWS = [*PEOPLE, *OUTSIDE, *CHAT, *INCIDENTS, *PAGES]
