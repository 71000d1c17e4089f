"""Typed reading of the environment; every setting has its line in docs/reference/settings.md.

A secret may also come from a file: `NAME_FILE=/run/secrets/name` is read when `NAME` is not set.
"""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

_YES = {"1", "true", "yes", "on"}
_NO = {"0", "false", "no", "off", ""}


def text(name: str, default: str = "") -> str:
    """Return the variable, or the content of the file named by `<name>_FILE`, or the default."""
    if name in os.environ:
        return os.environ[name].strip()
    path = os.environ.get(f"{name}_FILE", "")
    if path:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE points at {path}, which can't be read: {error}")
    return default


def switch(name: str, *, default: bool) -> bool:
    """Return a yes/no variable; anything but 1/0, true/false, yes/no, on/off is refused."""
    raw = text(name, "1" if default else "0").lower()
    if raw in _YES:
        return True
    if raw in _NO:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {raw!r}")


def number(name: str, default: int) -> int:
    """Return a whole-number variable."""
    raw = text(name, str(default))
    try:
        return int(raw)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {raw!r}")


def words(name: str, default: str = "") -> list[str]:
    """Return a comma-separated list without empty members."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]
