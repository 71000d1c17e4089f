"""The time that is a message's id."""

from datetime import UTC, datetime


def moment(ts: str) -> datetime:
    """The time in a message id such as 1767225600.000100, to the microsecond and without a float.

    :raises ValueError: no time can be made of it.
    """
    seconds, _, fraction = ts.partition(".")
    try:
        whole = datetime.fromtimestamp(int(seconds), UTC)
    except (OverflowError, OSError) as error:
        raise ValueError(f"no time: {ts[:40]}") from error
    return whole.replace(microsecond=int((fraction + "000000")[:6]))
