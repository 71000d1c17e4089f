"""When paging is in trouble, and when somebody has to be told."""

from dataclasses import dataclass
from datetime import datetime, timedelta

#: how long one may take
PATIENCE = timedelta(seconds=30)
#: what is due may wait so long before every page says so, and before people are told
SHOWN_AFTER = timedelta(seconds=30)
TOLD_AFTER = timedelta(seconds=60)
#: people are told again of a trouble that lasts
AGAIN_AFTER = timedelta(hours=1)
#: what could not be told is tried again so soon
RETRY_AFTER = timedelta(minutes=1)

LATE, PROBE = "late", "probe"


@dataclass(frozen=True)
class Probed:
    """The last test page: when it was asked for, and when one last arrived. None: never, or it is switched off."""

    asked_at: datetime | None = None
    arrived_at: datetime | None = None


@dataclass(frozen=True)
class Trouble:
    """What is wrong, since when."""

    kind: str
    since: datetime


def judge(now: datetime, oldest_due: datetime | None, probed: Probed) -> Trouble | None:
    """Tell what is wrong. `oldest_due` is the due time of what has waited longest."""
    if oldest_due is not None and now - oldest_due >= SHOWN_AFTER:
        return Trouble(LATE, oldest_due)
    asked, arrived = probed.asked_at, probed.arrived_at
    if asked is not None and (arrived is None or arrived < asked) and now - asked >= PATIENCE:
        return Trouble(PROBE, asked)
    return None


def is_to_tell(now: datetime, since: datetime, tried_at: datetime | None, told_at: datetime | None) -> bool:
    """Tell whether people are to be told of a trouble now. Times before it began are of another one."""
    if now - since < TOLD_AFTER:
        return False
    if told_at is not None and told_at >= since:
        return now - told_at >= AGAIN_AFTER
    return tried_at is None or tried_at < since or now - tried_at >= RETRY_AFTER
