"""Slack's limits: what was asked for is obeyed to the letter, and we slow down by ourselves before that.

docs.slack.dev/apis/web-api/rate-limits: each method has a tier, counted per workspace and minute, bursts are
fine; posts also count per channel (about one a second: the lane's pace). What we know is in the shared cache.
"""

import contextlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.cache import cache

from common import clock
from common.errors import PartnerTrouble
from common.ids import digest

#: methods whose limit counts per channel
_PER_CHANNEL = {"chat.postMessage"}
#: calls a minute
_TIER_2, _TIER_3, _TIER_4, _SPECIAL = 20, 50, 100, 300
_MINUTE = 60_000
_TIERS = {
    **dict.fromkeys(
        (
            *("bookmarks.add", "bookmarks.edit", "bookmarks.remove", "conversations.archive", "conversations.create"),
            *("conversations.list", "conversations.rename", "conversations.setPurpose", "conversations.setTopic"),
            *("conversations.unarchive", "emoji.list", "pins.add", "pins.list", "pins.remove", "reactions.remove"),
            *("usergroups.list", "usergroups.users.list", "usergroups.users.update", "users.list"),
        ),
        _TIER_2,
    ),
    **dict.fromkeys(
        (
            *("chat.postEphemeral", "conversations.members", "files.completeUploadExternal"),
            *("files.getUploadURLExternal", "files.info", "users.info"),
            *("views.open", "views.publish", "views.push", "views.update"),
        ),
        _TIER_4,
    ),
    **dict.fromkeys(("auth.test", "chat.getPermalink", "chat.postMessage"), _SPECIAL),
    # A websocket that ends must be followed by another: only what Slack says holds us back.
    "apps.connections.open": 0,
}
_PROBE_SECONDS, _PROBED_PAUSE = 30, 1.0
_REMEMBERED = 3600
#: our own waiting, and the circuit breaker's: neither is Slack's word
_WAITS, _NOT_ASKED = "waits", "away"


class Limits:
    """The limits of one workspace; everybody who shares the cache keeps them together."""

    def __init__(self, name: str) -> None:
        self._name = digest(name)[:16]

    @contextmanager
    def turn(self, method: str, params: Mapping[str, Any]) -> Iterator[None]:
        """Around a call: let it begin only where nothing holds it back.

        After a Retry-After one call goes alone, so that many who waited don't run into the next one together.

        :raises PartnerTrouble: it may not begin yet; nothing was asked.
        """
        channel = params.get("channel", "") if method in _PER_CHANNEL else ""
        held = f"slack-hold:{self._name}:{method}:{channel}"
        budget, step = f"slack-budget:{self._name}:{method}", _step(method)
        is_probe = _obey(held)
        try:
            _spend(budget, step)
            yield
        except PartnerTrouble as trouble:
            if trouble.code == _NOT_ASKED:
                _give_back(budget, step)
            elif trouble.retry_after is not None and trouble.code != _WAITS:
                _hold(held, trouble.retry_after)
            raise
        else:
            if is_probe:
                cache.delete(held)
        finally:
            if is_probe:
                cache.delete(f"{held}:probe")


def limited_for(seconds: float) -> PartnerTrouble:
    """The trouble that a Retry-After is."""
    text = f"Slack says too many requests; trying again in {seconds:.0f} s."
    return PartnerTrouble(text, retry_after=seconds, code="ratelimited")


def _obey(key: str) -> bool:
    """True when this is the one call that goes first after a Retry-After.

    :raises PartnerTrouble: it still runs.
    """
    until = cache.get(key)
    if until is None:
        return False
    left = float(until) - clock.now().timestamp()
    if left > 0:
        raise limited_for(left)
    if not cache.add(f"{key}:probe", 1, timeout=_PROBE_SECONDS):
        raise limited_for(_PROBED_PAUSE)
    # Since it was read another may have gone first and been told to wait again, or that all is well.
    until = cache.get(key)
    left = 0.0 if until is None else float(until) - clock.now().timestamp()
    if until is None or left > 0:
        cache.delete(f"{key}:probe")
    if left > 0:
        raise limited_for(left)
    return until is not None


def _hold(key: str, seconds: float) -> None:
    """Remember a Retry-After; a longer one that runs already stays."""
    until = max(clock.now().timestamp() + seconds, float(cache.get(key) or 0.0))
    cache.set(key, until, timeout=seconds + 60)


def _step(method: str) -> int:
    """The milliseconds of a minute that one call takes; 0: it is not counted."""
    a_minute = _TIERS.get(method, _TIER_3)
    return _MINUTE // a_minute if a_minute else 0


def _spend(key: str, step: int) -> None:
    """Take one of the minute's calls: at once as long as some are left, then as they grow back.

    The key holds the time (ms) up to which calls have been given out; whoever moves it over a minute ahead
    takes its step back.

    :raises PartnerTrouble: none is left.
    """
    if not step:
        return
    now = int(clock.now().timestamp() * 1000)
    cache.add(key, now, timeout=_REMEMBERED)
    try:
        given = cache.incr(key, step)
    except ValueError:
        return
    if given < now:
        cache.set(key, now + step, timeout=_REMEMBERED)
    elif given > now + _MINUTE:
        _give_back(key, step)
        left = max((given - now - _MINUTE) / 1000, 0.05)
        raise PartnerTrouble(f"Waiting {left:.1f} s for Slack's limits.", retry_after=left, code=_WAITS)


def _give_back(key: str, step: int) -> None:
    with contextlib.suppress(ValueError):
        cache.decr(key, step)
