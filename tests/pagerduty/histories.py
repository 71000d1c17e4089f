"""Random stories of troubles that share a dedup key, in the order they happened, and what they come to.

`come_to` says it a second time and independently of the product's own folding: it is what tests compare with.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import strategies as st

from tests.pagerduty.events import START, body

KEYED = ("incident.acknowledged", "incident.unacknowledged", "incident.resolved", "incident.reopened")
KINDS = (*KEYED, "incident.priority_updated", "incident.annotated", "incident.escalated", "incident.triggered")
TITLES = ("Checkout answers 5xx", "Payments time out", "Search is slow")
LATEST = timedelta(seconds=600)


@dataclass(frozen=True)
class Happened:
    """One event of a story. `number` makes its id; ties in time go by it."""

    number: int
    kind: str
    trouble: str
    after: int
    priority: str = ""
    title: str = TITLES[0]

    @property
    def id(self) -> str:
        return f"01E{self.number:04d}"

    @property
    def at(self) -> datetime:
        return START + timedelta(seconds=self.after)

    def raw(self, prefix: str) -> bytes:
        """Its webhook's body; the prefix keeps stories apart."""
        if self.kind == "incident.annotated":
            text = f"note {self.number}"
            return body(self.kind, incident=prefix + self.trouble, id_=prefix + self.id, after=self.after, text=text)
        return body(
            self.kind,
            incident=prefix + self.trouble,
            id_=prefix + self.id,
            after=self.after,
            key=f"{prefix}key",
            title=self.title,
            priority=self.priority,
        )


@dataclass
class State:
    """What a story comes to."""

    status: str = ""
    title: str = ""
    severity: int | None = None
    resolved_at: datetime | None = None
    started_at: datetime | None = None
    times: list[datetime] = field(default_factory=list)


def come_to(story: list[Happened]) -> State:
    """Walk the story in its own order, as the product's description says."""
    state = State()
    for event in sorted(story, key=lambda event: (event.at, event.id)):
        state.times.append(event.at)
        if event.kind in ("incident.triggered", "incident.priority_updated") and event.priority:
            state.severity = int(event.priority[1])
        if event.kind == "incident.triggered":
            state.title = event.title
            state.started_at = state.started_at or event.at
            if not state.status:
                state.status = "triage"
            elif state.status == "resolved":
                state.status, state.resolved_at = "investigating", None
        elif not state.status:
            continue
        elif event.kind == "incident.acknowledged" and state.status == "triage":
            state.status = "investigating"
        elif event.kind == "incident.resolved" and state.status != "resolved":
            state.status, state.resolved_at = "resolved", event.at
        elif event.kind == "incident.reopened":
            state.status, state.resolved_at = "investigating", None
    return state


@st.composite
def stories(draw: st.DrawFn) -> list[Happened]:
    """One to three troubles of one key, two to ten events, some at the same moment."""
    troubles = [f"Q{n}" for n in range(draw(st.integers(1, 3)))]
    count = draw(st.integers(2, 10))
    times = sorted(draw(st.lists(st.integers(0, int(LATEST.total_seconds())), min_size=count, max_size=count)))
    events = []
    begun: set[str] = set()
    for number, after in enumerate(times):
        trouble = draw(st.sampled_from(troubles))
        begins = trouble not in begun and draw(st.integers(0, 9)) < 9
        kind = "incident.triggered" if begins else draw(st.sampled_from(KINDS))
        begun.add(trouble)
        events.append(
            Happened(
                number,
                kind,
                trouble,
                after,
                priority=draw(st.sampled_from(("", "P1", "P2", "P3", "P4", "P5"))),
                title=draw(st.sampled_from(TITLES)),
            )
        )
    return events


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[list[Happened], list[Happened]]:
    """A story, and how it arrives: shuffled, some of it more than once."""
    story = draw(stories())
    copies = draw(st.lists(st.sampled_from(story), max_size=4))
    return story, draw(st.permutations([*story, *copies]))
