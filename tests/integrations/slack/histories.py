"""Random histories of one channel, told by the fake workspace, and what they come to.

The workspace itself keeps how the channel stands at the end; what it forgets (former wordings, what was
deleted) is noted here while the history happens, independently of the product's own folding.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st

from tests.fakes.slack_server import Channel, FakeSlack, Parcel, Person

EMOJIS = ("eyes", "pushpin", "+1")
DEEDS = ("say", "say", "say", "reply", "reply", "broadcast", "edit", "edit", "delete", "react", "react", "pin")


@dataclass(frozen=True)
class Deed:
    """Somebody does something; `who` and `which` choose among those there are."""

    kind: str
    who: int
    which: int
    emoji: str = EMOJIS[0]


@dataclass
class Told:
    """What happened in one channel."""

    slack: FakeSlack
    channel: Channel
    people: Sequence[Person]
    wordings: dict[str, list[str]] = field(default_factory=dict)
    threads: dict[str, str] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    #: what was done with each line's pin, in order
    marks: dict[str, list[tuple[str, bool]]] = field(default_factory=dict)
    #: posts of ours, to be answered and reacted to like any other message
    ours: list[str] = field(default_factory=list)

    def do(self, number: int, deed: Deed) -> None:
        """Let it happen, as far as it can."""
        person = self.people[deed.who % len(self.people)]
        lines = [ts for ts in self.wordings if ts not in self.deleted]
        anything = sorted([*lines, *self.ours])
        ts = anything[deed.which % len(anything)] if anything else ""
        line = lines[deed.which % len(lines)] if lines else ""
        if deed.kind == "say":
            self._said(self.slack.say(self.channel, person, f"line {number}"), f"line {number}")
        elif deed.kind in ("reply", "broadcast") and ts:
            parent = self.threads.get(ts) or ts
            if parent in self.deleted:
                return
            text = f"answer {number}"
            extra = {"subtype": "thread_broadcast"} if deed.kind == "broadcast" else {}
            self._said(self.slack.say(self.channel, person, text, thread=parent, **extra), text, parent)
        elif deed.kind == "edit" and line:
            self.slack.edit(self.channel, line, f"wording {number}")
            self.wordings[line].append(f"wording {number}")
        elif deed.kind == "delete" and line:
            self.slack.delete(self.channel, line)
            self.deleted.add(line)
        elif deed.kind == "react" and ts:
            there = person.id in self.channel.messages[ts].reactions.get(deed.emoji, [])
            self.slack.react(self.channel, person, ts, deed.emoji, on=not there)
            if deed.emoji == "pushpin":
                self.marks.setdefault(ts, []).append(("react", not there))
        elif deed.kind == "pin" and ts:
            on = ts not in self.channel.pins
            self.slack.pin(self.channel, person, ts, on=on)
            self.marks.setdefault(ts, []).append(("pin", on))

    def _said(self, parcel: Parcel, text: str, thread: str = "") -> None:
        ts = str(parcel.event["ts"])
        self.wordings[ts] = [text]
        if thread:
            self.threads[ts] = thread


deeds = st.builds(Deed, st.sampled_from(DEEDS), st.integers(0, 2), st.integers(0, 30), st.sampled_from(EMOJIS))
histories = st.lists(deeds, min_size=1, max_size=16)


@dataclass(frozen=True)
class Delivery:
    """How the parcels travel: `seed` shuffles, and chooses what comes twice and what only by a retry."""

    seed: int
    copies: int
    loss: float

    def waves(self, parcels: Sequence[Parcel]) -> list[tuple[float, list[Parcel]]]:
        """What arrives at once, after a minute and after five more: Slack's three times."""
        chance = random.Random(self.seed)
        waves: list[tuple[float, list[Parcel]]] = [(0.0, []), (60.0, []), (300.0, [])]
        for parcel in parcels:
            when = 0
            while when < 2 and chance.random() < self.loss:
                when += 1
            # An answer that was lost on the way back: the same comes again.
            for later in range(when, min(3, when + 1 + chance.randrange(self.copies + 1))):
                waves[later][1].append(parcel)
        for _, wave in waves:
            chance.shuffle(wave)
        return waves


deliveries = st.builds(Delivery, st.integers(0, 2**32), st.integers(0, 2), st.sampled_from((0.0, 0.0, 0.3, 0.7)))
