"""What alerts tells the rest of the house."""

from dataclasses import dataclass

from alerts.rules.fold import Folded


@dataclass(frozen=True)
class AlertRouted:
    """A signal was stored and its group folded anew. Listeners: `incidents` (declare, join, move).

    The group's row is locked by the running operation. `adopted` are earlier signals that came into the
    group together with this one: they had waited until it was known where they belong.
    """

    group_id: int
    alert_id: int
    before: Folded
    after: Folded
    adopted: tuple[int, ...] = ()
