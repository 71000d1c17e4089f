"""Warroom's own icons: one path each on a grid of 24, drawn with a stroke of 1.75; shapes on a grid of 16.

Names say what they stand for in the product, so a template reads `{% icon "merge" %}`.
"""


def _ring(x: float, y: float, radius: float) -> str:
    """Return a circle as path data."""
    half = f"a{radius:g} {radius:g} 0 1 0"
    return f"M{x - radius:g} {y:g}{half} {2 * radius:g} 0{half} {-2 * radius:g} 0z"


_FLAG = "M5.5 21V3.5M5.5 4.5H18l-2.6 4.5 2.6 4.5H5.5"
_HOUSE = "M3.5 11.2L12 4l8.5 7.2M6 9.5V20h12V9.5M10 20v-5.5h4V20"

ICONS: dict[str, str] = {
    "activity": "M2.5 12H7l3-8 4 16 3-8h4.5",
    "alerts": "M7 17.5V13a5 5 0 0 1 10 0v4.5M4.5 17.5h15v3h-15zM12 2.5V5M4.8 5.6l1.7 1.7M19.2 5.6l-1.7 1.7",
    "arrow-right": "M4.5 12h15M13 5.5l6.5 6.5-6.5 6.5",
    "bell": "M6 17v-6a6 6 0 0 1 12 0v6l1.5 1.5h-15zM10 21.5h4",
    "bridge": "M2.5 9v9M21.5 9v9M2.5 14.5h19M2.5 10c5 5 14 5 19 0M9 13.2v1.3M15 13.2v1.3",
    "calendar": "M4 5.5h16v15H4zM4 10h16M8.5 3v4.5M15.5 3v4.5",
    "chart": "M4 4v16h16.5M8.5 16v-4M13 16V8M17.5 16v-6",
    "check": "M4.5 12.5l5 5L19.5 6.5",
    "chevron-down": "M6 9.5l6 6 6-6",
    "chevron-left": "M14.5 6l-6 6 6 6",
    "chevron-right": "M9.5 6l6 6-6 6",
    "chevron-up": "M6 14.5l6-6 6 6",
    "clock": _ring(12, 12, 9) + "M12 7v5.2l3.3 2",
    "code": "M8.5 7L3.5 12l5 5M15.5 7l5 5-5 5",
    "copy": "M9 9h11v11H9zM15.5 9V4H4v11.5h5",
    "declare": "M8.3 3h7.4L21 8.3v7.4L15.7 21H8.3L3 15.7V8.3zM12 8v8M8 12h8",
    "deploys": "M12 15.5V4M7.5 8.5L12 4l4.5 4.5M4 14v6h16v-6",
    "design": _ring(8, 8, 4.5) + "M14 14h6.5v6.5H14zM17.3 3.5l3.7 6.5h-7.4zM4 14.5l6 6M10 14.5l-6 6",
    "docs": "M5 3.5h11a3 3 0 0 1 3 3v14H8a3 3 0 0 1-3-3zM5 17.5a3 3 0 0 1 3-3h11M9 7.5h6",
    "download": "M12 4v11.5M7.5 11l4.5 4.5 4.5-4.5M4 20h16",
    "drill": _FLAG,
    "edit": "M4 20l1.2-4.7L16.5 4 20 7.5 8.7 18.8zM13.8 6.7l3.5 3.5",
    "external": "M13.5 4.5h6v6M19.5 4.5L11 13M17.5 14v5.5h-13v-13H10",
    "eye": ("M2.5 12C5 7.7 8.2 5.5 12 5.5s7 2.2 9.5 6.5c-2.5 4.3-5.7 6.5-9.5 6.5S5 16.3 2.5 12z" + _ring(12, 12, 2.8)),
    "file-text": "M6 3h8.5L19 7.5V21H6zM14 3v5h5M9.5 12.5H15M9.5 16.5H15",
    "filter": "M3.5 6h17M7 12h10M10 18h4",
    "flag": _FLAG,
    "globe": (
        _ring(12, 12, 9) + "M3 12h18M12 3c2.6 2.7 3.8 5.7 3.8 9s-1.2 6.3-3.8 9c-2.6-2.7-3.8-5.7-3.8-9S9.4 5.7 12 3z"
    ),
    "hash": "M9.8 4l-2 16M16.2 4l-2 16M4.8 9h15.7M3.5 15h15.7",
    "health": (
        "M12 20.5C6 16 3 12.8 3 9a4.7 4.7 0 0 1 9-1.9A4.7 4.7 0 0 1 21 9c0 3.8-3 7-9 11.5z"
        "M3.4 12H8l1.6-2.6 2.6 5 1.6-2.4h3.4"
    ),
    "help": _ring(12, 12, 9) + "M9.3 9.3a2.8 2.8 0 1 1 4 2.7c-.9.5-1.3 1-1.3 2M12 17v.01",
    "home": _HOUSE,
    "image": "M4 5h16v14H4zM4 16l4.5-4.5 4 4 2.5-2.5 5 5" + _ring(15.5, 9, 1.2),
    "incidents": (
        "M12 3c.6 4 5.5 6 5.5 11.2a5.5 5.5 0 0 1-11 0c0-2.4 1.2-3.9 2.5-5.2.2 1.7.8 2.7 1.8 3.2C10.6 8.5 10.8 5.5 12 3z"
    ),
    "info": _ring(12, 12, 9) + "M12 11v5.5M12 7.6v.01",
    "key": _ring(8, 15.5, 4.5) + "M11.2 12.3L20 3.5M16.5 7l3 3M14 9.5l2 2",
    "keyboard": "M2.5 6.5h19v11h-19zM6.5 10v.01M10 10v.01M14 10v.01M17.5 10v.01M8 14h8",
    "lead": "M4 8l4 4 4-7 4 7 4-4-1.7 10H5.7zM5.7 21h12.6",
    "link": (
        "M10 14a4.2 4.2 0 0 0 6 0l3.2-3.2a4.24 4.24 0 0 0-6-6L12 6"
        "M14 10a4.2 4.2 0 0 0-6 0l-3.2 3.2a4.24 4.24 0 0 0 6 6L12 18"
    ),
    "list": "M9 6h11.5M9 12h11.5M9 18h11.5M4 6v.01M4 12v.01M4 18v.01",
    "lock": "M5.5 11h13v9.5h-13zM8.5 11V7.5a3.5 3.5 0 0 1 7 0V11",
    "log-out": "M14 4H5v16h9M10.5 12H21M17 8l4 4-4 4",
    "mail": "M3.5 5.5h17v13h-17zM3.5 7l8.5 6.5L20.5 7",
    "menu": "M4 6.5h16M4 12h16M4 17.5h16",
    "merge": (
        _ring(6.5, 5.5, 2.2) + _ring(6.5, 18.5, 2.2) + _ring(17.5, 13, 2.2) + "M6.5 7.7v8.6M6.5 8c.6 3.2 4 5 8.8 5"
    ),
    "message": "M4 4.5h16v12H11L6.5 20.5v-4H4z",
    "minus": "M5 12h14",
    "moon": "M20 14.4A8.5 8.5 0 0 1 9.6 4 8.5 8.5 0 1 0 20 14.4z",
    "more": _ring(5, 12, 0.9) + _ring(12, 12, 0.9) + _ring(19, 12, 0.9),
    "now": _HOUSE,
    "on-call": (
        "M4 14.5V12a8 8 0 0 1 16 0v2.5M4 14h3v5H6a2 2 0 0 1-2-2zM20 14h-3v5h1a2 2 0 0 0 2-2zM18 19c0 1.4-1.5 2-4.5 2"
    ),
    "paperclip": (
        "M20 11.5l-8.2 8.2a5 5 0 0 1-7.1-7.1l8.5-8.5a3.4 3.4 0 0 1 4.8 4.8l-8.3 8.3a1.7 1.7 0 0 1-2.4-2.4l7.6-7.6"
    ),
    "pause": "M8.5 5v14M15.5 5v14",
    "phone": "M7 2.5h10v19H7zM11 18.3h2",
    "pin": "M8.5 3.5h7M9.7 3.5v6L7 12.7V14.5h10v-1.8l-2.7-3.2v-6M12 14.5V21",
    "play": "M7 4.5l12 7.5-12 7.5z",
    "plug": "M9 3v5M15 3v5M6 8h12v3.5a6 6 0 0 1-12 0zM12 17.5v4",
    "plus": "M12 5v14M5 12h14",
    "postmortems": "M6 3h8.5L19 7.5V21H6zM14 3v5h5M9 14.5l2.2 2.2 4-4.4",
    "quote": "M5 17c2.5-1 4-3 4-6V7H4.5v5H9M14.5 17c2.5-1 4-3 4-6V7H14v5h4.5",
    "refresh": "M20 5v5h-5M4 19v-5h5M19.5 10A8 8 0 0 0 5.2 7.8M4.5 14a8 8 0 0 0 14.3 2.2",
    "reply": "M9.5 6L4 11.5 9.5 17M4 11.5h9.5c4 0 6.5 2.5 6.5 7",
    "runbooks": (
        "M12 6.7C10 5.2 7 4.6 3.5 5v13.5c3.5-.4 6.5.2 8.5 1.7 2-1.5 5-2.1 8.5-1.7V5C17 4.6 14 5.2 12 6.7zM12 6.7v13.5"
    ),
    "search": _ring(10.5, 10.5, 6.5) + "M15.4 15.4l5.1 5.1",
    "send": "M4 4.5L20.5 12 4 19.5 6.5 12zM6.5 12H13",
    "settings": "M4 7h9M17.4 7H20M4 17h2.6M11 17h9" + _ring(15.2, 7, 2.2) + _ring(8.8, 17, 2.2),
    "shield": "M12 3l8 3v5.5c0 4.5-3 7.7-8 9.5-5-1.8-8-5-8-9.5V6z",
    "smile": _ring(12, 12, 9) + "M8 14.2c1 1.5 2.4 2.2 4 2.2s3-.7 4-2.2M9 9.6v.01M15 9.6v.01",
    "stop": "M6.5 6.5h11v11h-11z",
    "sun": (
        _ring(12, 12, 4)
        + "M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4"
        + "M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4"
    ),
    "tag": "M3.5 3.5h8.3l8.7 8.7-8.3 8.3-8.7-8.7zM8 8v.01",
    "task": "M4 4.5h5.5V10H4zM4 14h5.5v5.5H4zM13 7.2h7.5M13 16.7h7.5",
    "todo": "M4.5 4.5h15v15h-15z",
    "trash": "M4.5 6.5h15M9.5 6.5V4h5v2.5M6.5 6.5l1 14h9l1-14M10.3 10.5v6M13.7 10.5v6",
    "undo": "M8.5 5l-4.5 4.5L8.5 14M4 9.5h9.5a5.25 5.25 0 0 1 0 10.5H8.5",
    "user": _ring(12, 8, 4) + "M4.5 20.5c.6-4 3.5-6 7.5-6s6.9 2 7.5 6",
    "users": (
        _ring(9, 8.5, 3.5)
        + "M2.5 20c.5-3.6 3-5.5 6.5-5.5s6 1.9 6.5 5.5M15.5 5.2a3.5 3.5 0 0 1 0 6.6"
        + "M18 14.9c2 .8 3.2 2.5 3.5 5.1"
    ),
    "warning": "M12 3.8L21.5 20h-19zM12 10v4.7M12 17.3v.01",
    "wave": "M3 9c3-4 6-4 9 0s6 4 9 0M3 16c3-4 6-4 9 0s6 4 9 0",
    "x": "M6 6l12 12M18 6L6 18",
    "zap": "M13.5 2.5L4.5 14H11l-1 7.5L19.5 10H13z",
}
ICONS["incident"] = ICONS["incidents"]
ICONS["heart-pulse"] = ICONS["health"]
ICONS["connections"] = ICONS["plug"]
ICONS["slack"] = ICONS["hash"]
ICONS["web"] = ICONS["globe"]
ICONS["more-horizontal"] = ICONS["more"]
ICONS["admin"] = ICONS["shield"]
ICONS["oncall"] = ICONS["on-call"]
ICONS["postmortem"] = ICONS["postmortems"]
ICONS["api"] = ICONS["code"]

# Severity 1 to 5 as filled shapes: octagon, diamond, triangle, circle, dot.
SHAPES: dict[int, str] = {
    1: "M5 1h6l4 4v6l-4 4H5l-4-4V5z",
    2: "M8 .5L15.5 8 8 15.5.5 8z",
    3: "M8 1.5L15.5 14.5H.5z",
    4: _ring(8, 8, 6.5),
    5: _ring(8, 8, 3.5),
}

# How far an incident is: a ring that fills. Each is (filled path, mark on top, is the ring open).
GLYPHS: dict[str, tuple[str, str, bool]] = {
    "todo": ("", "", False),
    "triage": ("", "", True),
    "investigating": ("M8 8V4.5A3.5 3.5 0 0 1 11.5 8z", "", False),
    "fixing": ("M8 4.5a3.5 3.5 0 0 1 0 7z", "", False),
    "monitoring": ("M8 8V4.5A3.5 3.5 0 1 1 4.5 8z", "", False),
    "resolved": (_ring(8, 8, 7.1), "M5 8.2l2.1 2.1L11 6", False),
    "closed": (_ring(8, 8, 7.1), "M5 8.2l2.1 2.1L11 6", False),
    "cancelled": ("", "", False),
    "merged": (_ring(8, 8, 3), "", False),
}
