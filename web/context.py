"""What the frame around every page shows."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import CharField, F, OuterRef, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from accounts.models import User
from common import doorbell
from connections.holding import what_is_held
from connections.models import Connection, Restore
from connections.pausing import waiting_lines
from incidents.models import Incident
from incidents.paging import KIND as INCIDENT
from oncall.models import Page, SelfWatch
from oncall.queries import silent_runs
from oncall.rules.watching import Trouble
from oncall.watching import said_of

VERSION = "0.1.0"
_LONGEST = 120
_MOST_SILENT = 2


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
    ("On call", "/oncall", "calendar"),
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
            strips=[] if getattr(request, "without_strips", False) else _strips(user),
            keys_on=user.keys_on,
        ),
        "base_url": settings.BASE_URL,
    }


_PAGED = Strip("bad", "You are being paged, and nobody has answered yet.", more="/inbox")


def _strips(user: User) -> list[Strip]:
    """What everybody has to know on every page, in one query; a restore is told to administrators."""
    strips: list[Strip] = []
    for what, number, name, said, at in _troubles(user):
        if what == "restore":
            strips.append(_held(at))
        elif what == "you":
            strips.append(_PAGED)
        elif what == "silent":
            strips.append(_silent(number, name, at))
        elif what == "watch":
            strips.append(_paging(name, at))
        else:
            strips.append(_out(what == "paused", number, name, said, at))
    if doorbell.broker_in_trouble():
        strips.append(Strip("warn", "The broker is gone; the clock does its work, a little later."))
    return strips


_Trouble = tuple[str, int, str, str, datetime | None]


def _troubles(user: User) -> list[_Trouble]:
    """(what, id, name, what is said, since): that oneself is paged first, then that paging is in trouble, then a
    restore that still holds something, then what is paused by somebody, then what is in trouble. What nobody answers
    pages about comes before those."""
    on = Connection.objects.filter(is_on=True, removed_at__isnull=True)
    rows = _as_rows(
        on.filter(paused_at__isnull=True).exclude(trouble=""), "connection", F("name"), F("trouble"), "trouble_since"
    )
    paused = on.filter(paused_at__isnull=False)
    by = Coalesce(F("paused_by__name"), Value(""), output_field=TextField())
    rows = rows.union(_as_rows(paused, "paused", F("name"), by, "paused_at"), all=True)
    asked = Page.objects.filter(user=user, status=Page.OPEN)
    nobody = Value("", CharField())
    first = Page.objects.filter(pk__in=asked.order_by("pk").values("pk")[:1])
    rows = rows.union(_as_rows(first, "you", nobody, Value("", TextField()), "created_at"), all=True)
    rows = rows.union(
        _as_rows(_unanswered(user), "silent", F("title"), Value("", TextField()), "silent_since"), all=True
    )
    wrong = SelfWatch.objects.exclude(trouble="").filter(since__isnull=False)
    rows = rows.union(_as_rows(wrong, "watch", F("trouble"), Value("", TextField()), "since"), all=True)
    if user.is_admin:
        held = Restore.objects.filter(released_at__isnull=True)
        nothing = Value("", CharField())
        rows = rows.union(_as_rows(held, "restore", nothing, Value("", TextField()), "made_at"), all=True)
    return list(rows.order_by("-what", "called")[:5])


def _unanswered(user: User) -> "QuerySet[Any]":
    """What nobody answers the pages about, the worst first, and that this person may see: a few."""
    silent = silent_runs().filter(subject_kind=INCIDENT)
    since = Subquery(silent.filter(subject_id=OuterRef("pk")).order_by("silent_since").values("silent_since")[:1])
    seen = Incident.objects.visible_to(user).filter(pk__in=silent.values("subject_id"))
    worst = seen.order_by("severity", "pk").values("pk")[:_MOST_SILENT]
    return Incident.objects.filter(pk__in=worst).annotate(silent_since=since)


def _silent(number: int, title: str, at: datetime | None) -> Strip:
    since = f" since {at:%H:%M}Z" if at else ""
    named = title if len(title) <= _LONGEST else f"{title[:_LONGEST].rstrip()}…"
    text = f"Nobody answers the pages about #{number} {named}{since}. Take it, or page somebody by name."
    return Strip("bad", text, more=f"/incidents/{number}")


def _as_rows(rows: "QuerySet[Any]", what: str, name: Any, said: Any, at: str) -> "QuerySet[Any, Any]":
    marked = rows.order_by().annotate(what=Value(what, CharField()), called=name, said=said, began=F(at))
    return marked.values_list("what", "pk", "called", "said", "began")


def _out(is_paused: bool, number: int, name: str, said: str, at: datetime | None) -> Strip:
    """A chat or another system that nothing is sent to: who says so, since when, and how much waits."""
    since = f" since {at:%H:%M}Z" if at else ""
    count = waiting_lines(number)
    waits = f"; {count} line{'' if count == 1 else 's'} wait{'s' if count == 1 else ''}." if count else "."
    if is_paused:
        text = f"{name} is paused{f' by {said}' if said else ''}{since}. The rooms go on here{waits}"
    else:
        text = f"{name} has trouble{since}: {_short(said)} The rooms go on here{waits}"
    return Strip("warn", text, more=f"/connections/{number}")


def _paging(kind: str, since: datetime | None) -> Strip:
    assert since is not None
    return Strip("bad", said_of(Trouble(kind, since)), more="/health#paging")


def _short(said: str) -> str:
    """Its first sentence, at most a line long."""
    first = said.split(". ")[0].strip().rstrip(".")
    return f"{first[:_LONGEST].rstrip()}{'…' if len(first) > _LONGEST else '.'}"


def _held(made_at: datetime | None) -> Strip:
    count = sum(what_is_held().values())
    of = f" of {made_at:%Y-%m-%d %H:%M}Z" if made_at else ""
    things = f"{count} thing{'' if count == 1 else 's'} {'is' if count == 1 else 'are'} held"
    text = f"Restored from a backup{of}: {things}, and nothing goes to the channels it knows."
    return Strip("warn", text, action="/health/release", button="Release them", more="/health#held")
