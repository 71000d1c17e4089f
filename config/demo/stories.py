# ruff: noqa: E501
"""What happened at the demo organisation. Steps are (minute, who, verb, text)."""

from dataclasses import dataclass, field
from datetime import timedelta

Step = tuple[float, str, str, str]


@dataclass(frozen=True)
class Story:
    """One incident from declare to where it stands."""

    title: str
    severity: int
    declared_by: str
    ago: timedelta
    services: list[str]
    steps: list[Step]
    impact: str = ""
    summary: str = ""
    tags: list[str] = field(default_factory=list)
    postmortem: dict[str, str] = field(default_factory=dict)
    published: bool = False


_SUMMARY = "_Say in two sentences what happened and how it ended._"
_HELPED = "_What went well, or was lucky?_"
_HURT = "_What was slow, missing or confusing? Speak of systems, not of people._"
_CAUSES = "_What made it possible, what set it off, what let it grow?_"

PAST = [
    Story(
        title="Receipts are sent twice",
        severity=3,
        declared_by="cleo",
        ago=timedelta(days=19, hours=3),
        services=["mail"],
        impact="About 2,300 customers got the same receipt two or three times. Nobody was charged twice.",
        tags=["queue"],
        steps=[
            (1, "cleo", "lead", ""),
            (2, "cleo", "say", "Support has 14 tickets about double receipts since 09:40."),
            (4, "bo", "join", ""),
            (
                5,
                "bo",
                "say",
                "The mail worker was restarted at 09:38. Its lease is 30 s, a batch takes 50 s: the batch runs twice.",
            ),
            (5, "bo", "pin", ""),
            (6, "cleo", "status", "investigating"),
            (9, "bo", "task", "Stop the second worker"),
            (11, "bo", "done", "1"),
            (12, "bo", "say", "Second worker stopped, duplicates have ended. `sent_twice` stays at 2,314."),
            (12, "cleo", "pin", ""),
            (13, "cleo", "mitigate", "second worker stopped"),
            (31, "bo", "say", "Lease is renewed per mail now, deployed as 4.7.2."),
            (31, "bo", "react", "🎉"),
            (40, "cleo", "resolve", "The lease is renewed while a batch runs; both workers are back."),
            (44, "bo", "followup", "Give every mail an id the provider deduplicates on"),
            (45, "cleo", "followup", "Alert when a batch takes longer than half its lease"),
        ],
        postmortem={
            _SUMMARY: "A restarted mail worker took over a batch that was still being sent, so its mails went out twice. "
            "Stopping one worker ended it; renewing the lease while a batch runs keeps it from coming back.",
            _HELPED: "Support wrote the time of the first ticket into the room, which pointed at the restart.",
            _HURT: "Nothing measures how long a batch takes. The first hint came from customers.",
            _CAUSES: "A batch may take longer than its lease, and the lease was not renewed. A restart at the wrong moment was enough.",
        },
        published=True,
    ),
    Story(
        title="Search returns nothing for new products",
        severity=2,
        declared_by="bo",
        ago=timedelta(days=6, hours=20),
        services=["search"],
        impact="Products added after 06:00 could not be found for 74 minutes; about 8 % of searches came back empty.",
        tags=["deploy"],
        steps=[
            (1, "bo", "lead", ""),
            (2, "bo", "status", "investigating"),
            (3, "bo", "say", "Indexer lag is 41 min and growing. Last successful batch was 06:02."),
            (3, "bo", "pin", ""),
            (4, "bo", "picture", "Indexer lag in minutes, the last quarter of an hour"),
            (5, "ada", "join", ""),
            (
                6,
                "ada",
                "say",
                "Deploy of search 2.18.0 was at 05:58. The new mapping refuses `price: null`, whole batches are dropped.",
            ),
            (6, "bo", "pin", ""),
            (8, "bo", "now", "2.18.0 drops batches that hold a product without a price"),
            (8, "bo", "doing", "Ada: roll back to 2.17.4"),
            (9, "bo", "update", "New products can't be found since 06:02. Cause is known, we are rolling back."),
            (11, "ada", "chat", "Roll search back to 2.17.4 and keep what is queued"),
            (11.5, "bo", "chat-react", "✅"),
            (14, "ada", "status", "fixing"),
            (16, "bo", "away", ""),
            (18, "ada", "say", "Slack is away, we go on here. 2.17.4 is at 2 of 4 machines."),
            (21, "ada", "say", "2.17.4 is live, the indexer is catching up: lag 38 min → 30 min."),
            (21, "bo", "pin", ""),
            (22, "bo", "done", "1"),
            (24, "bo", "mitigate", "rolled back to 2.17.4"),
            (29, "bo", "back", ""),
            (34, "bo", "chat-update", "New products can be found again; the last of them within 40 minutes."),
            (62, "bo", "say", "Lag is back to 4 s."),
            (63, "bo", "resolve", "Rolled back search to 2.17.4; the index has caught up."),
            (70, "ada", "followup", "One bad product must not drop its batch"),
            (71, "bo", "followup", "Alert on indexer lag over 5 min"),
        ],
        postmortem={
            _SUMMARY: "Search 2.18.0 refused products without a price and dropped the whole batch they came in. "
            "Rolling back to 2.17.4 brought the index up to date within 40 minutes.",
            _HELPED: "The deploy was small and its time was known, so the rollback was decided in six minutes.",
            _HURT: "The dropped batches were only a line in a debug log.",
            _CAUSES: "The mapping was tested with complete products only. A failed batch is dropped instead of being split.",
        },
        published=False,
    ),
    Story(
        title="Password mails are late",
        severity=4,
        declared_by="cleo",
        ago=timedelta(days=2, hours=5),
        services=["mail"],
        steps=[
            (1, "cleo", "say", "Password mails take 6 to 8 minutes since noon; the provider says it is working on it."),
            (2, "cleo", "lead", ""),
            (3, "cleo", "status", "monitoring"),
            (55, "cleo", "say", "Provider has recovered, mails arrive within seconds again."),
            (56, "cleo", "resolve", "The provider recovered."),
        ],
    ),
]

PRESENT = Story(
    title="Checkout returns 5xx",
    severity=2,
    declared_by="bo",
    ago=timedelta(minutes=42),
    services=["checkout", "payments"],
    impact="Roughly four of ten checkouts fail with an error page. Customers can try again, half give up.",
    tags=["deploy"],
    steps=[
        (0.5, "bo", "say", "5xx on checkout since the 1.42.0 deploy of payments. Error rate is **38 %**."),
        (1, "bo", "pin", ""),
        (1, "ada", "lead", ""),
        (2, "ada", "status", "investigating"),
        (3, "cleo", "join", ""),
        (
            4,
            "cleo",
            "say",
            "Same picture in the payment logs:\n```\nPOST /charge 502 upstream timed out (10s)\nPOST /charge 502 upstream timed out (10s)\n```",
        ),
        (5, "ada", "sev", "1"),
        (
            6,
            "bo",
            "say",
            "The pool to the card processor went from 200 to 20 connections in 1.42.0. Looks like a default that slipped in.",
        ),
        (6, "ada", "pin", ""),
        (6.5, "cleo", "react", "👀"),
        (7, "cleo", "reply", "Confirmed, `pool_size` is missing from the new settings file."),
        (8, "ada", "role", "comms cleo"),
        (8, "ada", "now", "payments 1.42.0 opens too few connections to the card processor"),
        (8, "ada", "doing", "Bo: roll back payments · Cleo: note for customers"),
        (9, "ada", "update", "About 40 % of checkouts fail since the payments deploy. We are rolling it back."),
        (10, "bo", "task", "Roll payments back to 1.41.3"),
        (10, "cleo", "task", "Tell customer support what to say"),
        (15, "ada", "status", "fixing"),
        (24, "bo", "say", "Rollback is at 3 of 5 machines. Errors are down to 17 %."),
        (24, "ada", "pin", ""),
        (27, "cleo", "done", "2"),
        (33, "bo", "say", "5 of 5. Error rate is 2 % and falling."),
        (33, "cleo", "react", "🎉"),
    ],
)
