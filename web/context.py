"""What the frame around every page shows."""

from dataclasses import dataclass, field

from django.conf import settings
from django.http import HttpRequest

from common import doorbell
from connections.models import Connection

VERSION = "0.1.0"


@dataclass(frozen=True)
class NavItem:
    """One entry of the rail."""

    label: str
    url: str
    icon: str
    active: bool


@dataclass(frozen=True)
class Frame:
    """Rail, theme and health strip."""

    nav: list[NavItem] = field(default_factory=list)
    theme: str = "system"
    text_size: str = "normal"
    strips: list[dict[str, str]] = field(default_factory=list)
    version: str = VERSION
    keys_on: bool = True
    palette: bool = True


_PAGES = [
    ("Now", "/", "home"),
    ("Incidents", "/incidents", "incidents"),
    ("Postmortems", "/postmortems", "file-text"),
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
            strips=_strips(),
            keys_on=user.keys_on,
        ),
        "base_url": settings.BASE_URL,
    }


def _strips() -> list[dict[str, str]]:
    strips = []
    for connection in Connection.objects.exclude(trouble="").filter(is_on=True)[:3]:
        since = f" since {connection.trouble_since:%H:%M}Z" if connection.trouble_since else ""
        strips.append({"kind": "warn", "text": f"{connection.name} does not answer{since}; the rooms go on here."})
    if doorbell.broker_in_trouble():
        strips.append({"kind": "warn", "text": "The broker is gone; the clock does its work, a little later."})
    return strips
