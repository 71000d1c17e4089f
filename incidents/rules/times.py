"""When something of an incident may have happened. Pure: times in, a time out, or a clear refusal."""

from datetime import UTC, datetime, timedelta

from common.errors import Invalid
from common.moments import EARLIEST, LATEST, plausible

#: A person's clock may run this far ahead of ours and still mean now.
_SKEW = timedelta(seconds=5)


def happened(at: datetime, now: datetime, field: str) -> datetime:
    """Return a time that a person gave.

    :raises Invalid: it has not come, or lies before the year 2000; names the field.
    """
    if at > now + _SKEW:
        raise Invalid("That time has not come yet.", field=field)
    if at < EARLIEST:
        raise Invalid(f"That time is too early; the first that fits is in {EARLIEST.year}.", field=field)
    return min(at, now)


def told(at: datetime, now: datetime) -> datetime:
    """Return a time that a machine or another chat gave; one that can't be true means now."""
    return min(plausible(at, now), now)


def said(at: datetime, now: datetime) -> datetime:
    """Return when something was said or done in another chat.

    A clock there that runs a little ahead keeps the order of its lines; beyond that it means now.
    """
    return at if now < at <= now + _SKEW else told(at, now)


def due(at: datetime | None, field: str) -> datetime | None:
    """Return when something is due, if ever.

    :raises Invalid: too early or too far for anybody's calendar; names the field.
    """
    if at is not None and not EARLIEST <= at < LATEST:
        raise Invalid(f"That time does not fit: from {EARLIEST.year} to {LATEST.year - 1}.", field=field)
    return at


def point(raw: str) -> tuple[datetime, int] | None:
    """Read a point of the reading order, "time,id", from an address; None for what is none."""
    at, _, pk = raw.partition(",")
    if not (pk.isdecimal() and len(pk) < 19):
        return None
    try:
        moment = datetime.fromisoformat(at.replace(" ", "+"))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC), int(pk)
    except (ValueError, OverflowError):
        return None
