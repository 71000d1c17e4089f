"""When a person gets so many pages that they come bundled. Plain functions; `now` is an argument."""

from collections.abc import Iterable
from datetime import datetime, timedelta

#: after so many pages in so long, one message comes in each `PACE` and says what the others are
MANY, WITHIN = 5, timedelta(minutes=5)
PACE = timedelta(minutes=1)


def is_storm(asked: Iterable[datetime], now: datetime) -> bool:
    """Tell whether these moments at which somebody was paged are a storm."""
    return sum(now - WITHIN < at <= now for at in asked) > MANY
