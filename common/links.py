"""Where a link really leads: what it says must not name another place."""

import re
from urllib.parse import urlsplit

import mdurl
from markdown_it.common.normalize_url import normalizeLink

#: a label that reads like an address: it may only stand on a link that goes there
_ADDRESS = re.compile(r"://|\bwww\.|(?<![\w@])[\w-]+(\.[\w-]+)*\.[a-z]{2,}(?![\w@])", re.IGNORECASE)
_SCHEME = re.compile(r"^(https?://|mailto:)")


def misleads(label: str, url: str) -> bool:
    """Tell whether the label reads like an address other than the link's own, or the address hides its host."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return True
    if "@" in parts.netloc:
        return True
    if not _ADDRESS.search(label):
        return False
    bare = _SCHEME.sub("", label.strip().lower()).rstrip("/")
    target = _SCHEME.sub("", url.lower())
    host_ends = bare in (parts.hostname, target.split("/")[0])
    return not (host_ends or target.rstrip("/") == bare)


def may_be_followed(url: str) -> bool:
    """Tell whether a written link may become one: http, https, mailto, or a path of ours."""
    found = "".join(url.split()).lower()
    if found.startswith(("http://", "https://", "mailto:", "#")):
        return True
    return found.startswith("/") and not found.startswith(("//", "/\\"))


def shown_address(url: str) -> str:
    """An address as it is shown: readable, but for the host, whose letters of other scripts look like ours."""
    return str(mdurl.decode(normalizeLink(url), mdurl.DECODE_DEFAULT_CHARS + "%"))


def host_of(url: str) -> str:
    """The host that an address leads to, in ASCII; empty where it names none."""
    try:
        return urlsplit(normalizeLink(url)).hostname or ""
    except ValueError:
        return ""
