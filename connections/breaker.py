"""A circuit breaker: while another side is away, calls to it fail at once instead of holding a worker each.

What it remembers is in the shared cache, so every process knows; without that cache each knows for itself.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache import cache

from common import clock
from common.errors import PartnerTrouble
from common.ids import digest

#: so many calls in a row without an answer, and the other side counts as away
FAILURES = 5
#: code of the trouble when nothing was asked
_AWAY = "away"
#: code of the trouble when too many calls are under way and none of them ends
BUSY = "busy"
_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 10.0
#: what others wait while one call finds out whether it is back
_PROBED_PAUSE = 1.0
#: a probe whose process died is forgotten after this
_PROBE_SECONDS = 30
#: so many calls of this process may hang at a time, and a call hangs after so many seconds
_MAY_HANG, _HANGS_AFTER = 3, 2.0
_REMEMBERED = 600

#: with all places taken, a call that is under way for longer than this is not waited for
_WAITS_FOR_PLACE = 3.0

_lock = threading.Condition()
_begun: dict[str, dict[object, float]] = defaultdict(dict)


class Breaker:
    """The breaker of one partner; `name` is unique among partners, `who` is what people call it."""

    def __init__(self, name: str, who: str, *, at_once: int = 0) -> None:
        """`at_once`: so many calls of this process may be under way; 0: as many as come."""
        self._key, self._who, self._at_once = f"breaker:{digest(name)[:16]}", who, at_once

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Around a call. What the call raises as trouble tells whether the other side answered.

        :raises PartnerTrouble: it is away; nothing was asked. It says when to try again.
        """
        is_probe = self._enter()
        ticket = object()
        try:
            self._take_place(ticket)
            yield
        except PartnerTrouble as trouble:
            if trouble.code == BUSY:
                pass
            elif is_away(trouble):
                self._failed(is_probe=is_probe)
            else:
                self._answered()
            raise
        else:
            self._answered()
        finally:
            with _lock:
                _begun[self._key].pop(ticket, None)
                _lock.notify_all()
            if is_probe:
                cache.delete(f"{self._key}:probe")

    def _take_place(self, ticket: object) -> None:
        """Wait for a place among those who may call at a time; but not behind calls that hang."""
        begun = _begun[self._key]
        with _lock:
            while self._at_once and len(begun) >= self._at_once:
                left = min(begun.values()) + _WAITS_FOR_PLACE - time.monotonic()
                if left <= 0:
                    raise self._away(_PROBED_PAUSE, BUSY)
                _lock.wait(left)
            begun[ticket] = time.monotonic()

    def _enter(self) -> bool:
        """True when this call is the one that finds out whether the other side is back."""
        until = cache.get(f"{self._key}:until")
        if until is None:
            with _lock:
                hanging = sum(time.monotonic() - at > _HANGS_AFTER for at in _begun[self._key].values())
            if hanging >= _MAY_HANG:
                raise self._away(_PROBED_PAUSE)
            return False
        left = float(until) - clock.now().timestamp()
        if left > 0:
            raise self._away(left)
        if not cache.add(f"{self._key}:probe", 1, timeout=_PROBE_SECONDS):
            raise self._away(_PROBED_PAUSE)
        return True

    def _away(self, seconds: float, code: str = _AWAY) -> PartnerTrouble:
        text = f"{self._who} does not answer; trying again in {max(1.0, seconds):.0f} s."
        return PartnerTrouble(text, retry_after=seconds, code=code)

    def _failed(self, *, is_probe: bool) -> None:
        if not is_probe and cache.get(f"{self._key}:until") is not None:
            # It was under way already when the others failed.
            return
        cache.add(f"{self._key}:fails", 0, timeout=_REMEMBERED)
        try:
            fails = cache.incr(f"{self._key}:fails")
        except ValueError:
            return
        if fails >= FAILURES:
            pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(fails - FAILURES, 8))
            cache.set(f"{self._key}:until", clock.now().timestamp() + pause, timeout=_REMEMBERED)

    def _answered(self) -> None:
        if cache.get(f"{self._key}:fails") is not None:
            for part in ("fails", "until"):
                cache.delete(f"{self._key}:{part}")


def is_away(trouble: PartnerTrouble) -> bool:
    """Tell whether nobody answered, or only somebody who could not help it (5xx)."""
    return not trouble.permanent and not trouble.needs_hands and trouble.retry_after is None
