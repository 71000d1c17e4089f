"""What can go wrong, on demand: `slack.fail("chat.postMessage", rate_limited(30), times=2)`."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

ANY = "*"


@dataclass(frozen=True)
class Fault:
    """One way to misbehave. `applies`: the effect happens although the answer is bad or missing."""

    kind: str
    applies: bool = False
    code: str = ""
    status: int = 200
    seconds: float = 0.0
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.code or self.kind


def refused(code: str, **extra: Any) -> Fault:
    """Slack answers `ok: false` with this error code."""
    return Fault("refused", code=code, extra=extra)


def rate_limited(seconds: int) -> Fault:
    """429 with Retry-After; until then everything alike gets 429 too."""
    return Fault("rate_limited", code="ratelimited", status=429, seconds=seconds)


def broken(status: int = 500, *, applies: bool = False) -> Fault:
    """An HTML error page instead of JSON."""
    return Fault("broken", applies=applies, status=status)


def slow(seconds: float) -> Fault:
    """The answer is right and late."""
    return Fault("slow", applies=True, seconds=seconds)


def hanging() -> Fault:
    """Nothing happens and nothing is answered."""
    return Fault("hanging")


def done_but_silent() -> Fault:
    """It is done, and the answer never comes: the client runs into its timeout."""
    return Fault("done_but_silent", applies=True)


def reset(*, applies: bool = False) -> Fault:
    """The connection is cut; with `applies` after the effect."""
    return Fault("reset", applies=applies)


@dataclass
class Plan:
    """A fault for the next `times` requests (None: until healed) that it is meant for."""

    method: str
    fault: Fault
    times: int | None
    where: Callable[[Mapping[str, Any]], bool]


class Faults:
    """What was programmed, taken one by one as requests come."""

    def __init__(self) -> None:
        self._plans: list[Plan] = []
        self._lock = threading.Lock()

    def add(
        self,
        method: str,
        fault: Fault,
        times: int | None = 1,
        where: Callable[[Mapping[str, Any]], bool] | None = None,
    ) -> None:
        with self._lock:
            self._plans.append(Plan(method, fault, times, where or (lambda params: True)))

    def take(self, method: str, params: Mapping[str, Any]) -> Fault | None:
        """The fault for this request, if any; the first that fits is used up."""
        with self._lock:
            for plan in self._plans:
                if plan.method not in (ANY, method) or not plan.where(params):
                    continue
                if plan.times is not None:
                    plan.times -= 1
                    if plan.times <= 0:
                        self._plans.remove(plan)
                return plan.fault
        return None

    def heal(self, method: str = ANY) -> None:
        """Forget the plans for a method, or all."""
        with self._lock:
            self._plans = [plan for plan in self._plans if method != ANY and plan.method != method]
