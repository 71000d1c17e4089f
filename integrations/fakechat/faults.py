"""Trouble on demand for the fake chat: the next calls of a method raise what a test or a developer wants."""

import threading
from dataclasses import dataclass, field

from common.errors import PartnerTrouble


@dataclass
class _Plan:
    method: str
    trouble: PartnerTrouble
    times: int
    applies: bool


@dataclass
class Faults:
    """What will go wrong in one connection. `applies`: it is done, and the trouble comes all the same."""

    _plans: list[_Plan] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, method: str, trouble: PartnerTrouble, *, times: int = 1, applies: bool = False) -> None:
        """The next `times` calls of this method of the port raise this."""
        with self._lock:
            self._plans.append(_Plan(method, trouble, times, applies))

    def take(self, method: str, *, applies: bool) -> None:
        """Raise what is planned for this moment of a call, if anything is."""
        with self._lock:
            for plan in self._plans:
                if plan.method == method and plan.applies is applies:
                    plan.times -= 1
                    if plan.times <= 0:
                        self._plans.remove(plan)
                    raise plan.trouble

    def clear(self) -> None:
        """All is well again."""
        with self._lock:
            self._plans.clear()


_all: dict[int, Faults] = {}


def faults_of(connection_id: int) -> Faults:
    """The faults of a connection; they live in this process only."""
    return _all.setdefault(connection_id, Faults())
