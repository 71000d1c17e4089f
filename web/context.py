"""What the frame around every page shows."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import CharField, F, QuerySet, Value
from django.http import HttpRequest

from accounts.models import User
from common import doorbell
from connections.holding import what_is_held
from connections.models import Connection, Restore

VERSION = "0.1.0"


@dataclass(frozen=True)
class NavItem:
    """One entry of the rail."""

    label: str
    url: str
    icon: str
    active: bool


@dataclass(frozen=True)
class Strip:
    """A line under the bar: `button` posts to `action`, `more` is the page that says more."""

    kind: str
    text: str
    action: str = ""
    button: str = ""
    more: str = ""


@dataclass(frozen=True)
class Frame:
    """Rail, theme and health strip."""

    nav: list[NavItem] = field(default_factory=list)
    theme: str = "system"
    text_size: str = "normal"
    strips: list[Strip] = field(default_factory=list)
    version: str = VERSION
    keys_on: bool = True
    palette: bool = True


_PAGES = [
    ("Now", "/", "home"),
    ("Incidents", "/incidents", "incidents"),
    ("Postmortems", "/postmortems", "file-text"),
    ("People", "/people", "users"),
    ("Connections", "/connections", "plug"),
    ("Health", "/health", "heart-pulse"),
]


def frame(request: HttpRequest) -> dict[str, object]:
    """The variable `frame` of every template."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"frame": Frame(palette=False), "base_url": settings.BASE_URL}
    path = request.path
    nav = [
        NavItem(label, url, icon, path == url or (url != "/" and path.startswith(url))) for label, url, icon in _PAGES
    ]
    return {
        "frame": Frame(
            nav=nav,
            theme=user.theme,
            text_size=user.text_size,
            strips=_strips(user),
            keys_on=user.keys_on,
        ),
        "base_url": settings.BASE_URL,
    }


def _strips(user: User) -> list[Strip]:
    """What everybody has to know on every page, in one query; a restore is told to administrators."""
    strips = []
    for what, name, at in _troubles(user):
        if what == "restore":
            strips.append(_held(at))
            continue
        since = f" since {at:%H:%M}Z" if at else ""
        strips.append(Strip("warn", f"{name} does not answer{since}; the rooms go on here."))
    if doorbell.broker_in_trouble():
        strips.append(Strip("warn", "The broker is gone; the clock does its work, a little later."))
    return strips


def _troubles(user: User) -> list[tuple[str, str, datetime | None]]:
    """(what, name, since): a restore that still holds something first, then connections in trouble."""
    rows = _as_rows(Connection.objects.exclude(trouble="").filter(is_on=True), "connection", "name", "trouble_since")
    if user.is_admin:
        held = Restore.objects.filter(released_at__isnull=True)
        rows = rows.union(_as_rows(held, "restore", Value("", CharField()), "made_at"), all=True)
    return list(rows.order_by("-what", "called")[:4])


def _as_rows(rows: "QuerySet[Any]", what: str, name: Any, at: str) -> "QuerySet[Any, Any]":
    marked = rows.order_by().annotate(what=Value(what, CharField()), called=F(name) if isinstance(name, str) else name)
    return marked.annotate(since=F(at)).values_list("what", "called", "since")


def _held(made_at: datetime | None) -> Strip:
    count = sum(what_is_held().values())
    of = f" of {made_at:%Y-%m-%d %H:%M}Z" if made_at else ""
    things = f"{count} thing{'' if count == 1 else 's'} {'is' if count == 1 else 'are'} held"
    text = f"Restored from a backup{of}: {things}, and nothing goes to the channels it knows."
    return Strip("warn", text, action="/health/release", button="Release them", more="/health#held")
