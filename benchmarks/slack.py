"""Slack: answers to it, its lines in the web room, a declare's channel, and catching up after an outage.

The other side is the fake Slack of the tests, with a delay before each answer.
"""

import asyncio
import itertools
import json
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

import websockets

from benchmarks.kit import Figure, load, percentile
from benchmarks.slack_house import SECRET, House, alone, production, wait_until
from tests.fakes.slack_server import Channel, Entry, FakeSlack, Parcel, broken, slow

_AT_ONCE = 20
_WAITING = 500
QUICK = {"seconds": 5.0, "delays": (0.05,), "waiting": 200}


def measure(seconds: float = 20.0, delays: tuple[float, ...] = (0.05, 0.2), waiting: int = _WAITING) -> list[Figure]:
    """Production (PostgreSQL, Redis) for what comes in, embedded for what goes out."""
    with FakeSlack(signing_secret=SECRET) as slack, production(slack) as house:
        figures = _answers(house, seconds)
    with FakeSlack(signing_secret=SECRET) as slack, production(slack) as house:
        figures.append(_visible(house, seconds))
    for delay in delays:
        with FakeSlack(signing_secret=SECRET) as slack, alone(slack) as house:
            figures += _usable(house, delay)
    with FakeSlack(signing_secret=SECRET) as slack, alone(slack) as house:
        figures += _outage(house, waiting)
    return figures


# --- what comes in ------------------------------------------------------------------------------------
def _request(house: House, parcel: Parcel) -> bytes:
    headers = parcel.headers(SECRET, time.time()) | {"Content-Length": str(len(parcel.body)), "Host": "127.0.0.1"}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST /hooks/slack/{parcel.door} HTTP/1.1\r\n{head}\r\n".encode() + parcel.body


def _answers(house: House, seconds: float) -> list[Figure]:
    """32 people type at once, as quickly as they are answered, while the worker runs what they typed."""
    channel = house.channel_of(house.declare("Checkout returns 5xx"))
    lines = ["/incident sev 1", "/incident list", "/incident sev 2", "/incident note looking at the pool"]

    def command(n: int) -> bytes:
        return _request(house, house.slack.command(channel, house.bo, lines[n % len(lines)]))

    asyncio.run(load(house.port, 4, 1.0, command))
    rate, latencies, statuses = asyncio.run(load(house.port, 32, seconds, command))
    p99, longest = percentile(latencies, 0.99), max(latencies)
    return [
        Figure(
            "Answers to Slack, 32 at once, the database busy with what they ask",
            f"p50 {percentile(latencies, 0.5):.0f} ms, p99 {p99:.0f} ms, longest {longest:.0f} ms",
            "p99 under 1 s, never over 3 s",
            p99 < 1000 and longest < 3000 and set(statuses) == {200},
            {"statuses": statuses, "a second": rate},
        )
    ]


def _visible(house: House, seconds: float) -> Figure:
    """50 lines a second are said in the channel; each is timed from its 200 to the web room's socket."""
    number = house.declare("Checkout returns 5xx")
    channel = house.channel_of(number)
    taken, seen = asyncio.run(_say_and_watch(house, number, channel, int(seconds * 50)))
    delays = [(seen[text] - at) * 1000 for text, at in taken.items() if text in seen]
    p95 = percentile(delays, 0.95)
    return Figure(
        "From an accepted event to the line in the web room, 50 a second",
        f"p50 {percentile(delays, 0.5):.0f} ms, p95 {p95:.0f} ms; {len(delays)} of {len(taken)} seen",
        "p95 under 500 ms",
        p95 < 500 and len(delays) == len(taken),
    )


async def _say_and_watch(
    house: House, number: int, channel: Channel, count: int
) -> tuple[dict[str, float], dict[str, float]]:
    taken: dict[str, float] = {}
    seen: dict[str, float] = {}
    url = f"ws://127.0.0.1:{house.port}/ws/incidents/{number}?after=0"
    headers = {"Authorization": f"Bearer {house.token}"}
    async with websockets.connect(url, additional_headers=headers, compression=None, max_size=None) as room:

        async def watch() -> None:
            async for frame in room:
                text = str(json.loads(frame).get("text", ""))
                if text.startswith("line "):
                    seen.setdefault(text, time.perf_counter())

        watching = asyncio.create_task(watch())
        await _send(house, channel, "warm up", {})
        await asyncio.sleep(2)
        begun, sending = time.perf_counter(), []
        for n in range(count):
            await asyncio.sleep(max(0.0, begun + n / 50 - time.perf_counter()))
            sending.append(asyncio.create_task(_send(house, channel, f"line {n}", taken)))
        await asyncio.gather(*sending)
        end = time.perf_counter() + 20
        while len(seen) < len(taken) and time.perf_counter() < end:
            await asyncio.sleep(0.05)
        watching.cancel()
    return taken, seen


async def _send(house: House, channel: Channel, text: str, taken: dict[str, float]) -> None:
    raw = _request(house, house.slack.say(channel, house.bo, text))
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
    writer.write(raw)
    head = await reader.readuntil(b"\r\n\r\n")
    if int(head[9:12]) == 200:
        taken[text] = time.perf_counter()
    writer.close()


# --- what goes out ------------------------------------------------------------------------------------
def _usable(house: House, delay: float) -> list[Figure]:
    """Twenty declare at once; a channel is usable when its card is posted and its people are invited."""
    house.channel_of(house.declare("The first one"))
    # Slack lets twenty channels be made a minute: the first one's place among them grows back in three seconds.
    time.sleep(4)
    house.slack.journal.clear()
    house.slack.fail("*", slow(delay), times=None)
    begun: dict[int, float] = {}

    def declare(n: int) -> None:
        at = house.slack.world.now()
        begun[house.declare(f"Checkout returns 5xx {n}")] = at

    with ThreadPoolExecutor(_AT_ONCE) as people:
        list(people.map(declare, range(_AT_ONCE)))
    wanted = {"conversations.create", "chat.postMessage", "conversations.invite"}

    def calls() -> dict[int, list[Entry]]:
        found: dict[int, list[Entry]] = defaultdict(list)
        names = {c.id: c.name for c in list(house.slack.world.channels.values())}
        for entry in house.slack.journal.calls(ok=True):
            name = str(entry.params.get("name") or names.get(str(entry.params.get("channel")), ""))
            number = int(name.split("-")[1]) if name.startswith("inc-") else 0
            if number in begun:
                found[number].append(entry)
        return found

    wait_until(lambda: sum({e.method for e in each} >= wanted for each in calls().values()) == _AT_ONCE, 60)
    times, chains = [], []
    for number, entries in calls().items():
        firsts = {m: min(e.at for e in entries if e.method == m) for m in wanted}
        usable = max(firsts.values())
        times.append(usable + delay - begun[number])
        # The card and the invitations don't wait for each other.
        for last in ("chat.postMessage", "conversations.invite"):
            needed = {"conversations.create", "conversations.setPurpose", "users.lookupByEmail", last}
            chains.append(_chain(sorted(e.at for e in entries if e.at <= usable and e.method in needed), delay))
    p95, most = percentile(times, 0.95), 1.0 if delay <= 0.05 else 3.0
    return [
        Figure(
            f"Declare to usable channel, {delay * 1000:.0f} ms per Slack call, {_AT_ONCE} at once",
            f"p50 {percentile(times, 0.5):.2f} s, p95 {p95:.2f} s; {max(chains)} calls after one another",
            f"p95 under {most:.0f} s, at most 3 calls after one another",
            p95 < most and max(chains) <= 3,
            {"times": times},
        )
    ]


def _chain(starts: list[float], delay: float) -> int:
    """The most calls that each began after the one before had been answered."""
    count, free_at = 0, 0.0
    for at in starts:
        if at >= free_at:
            count, free_at = count + 1, at + delay
    return count


def _outage(house: House, waiting: int) -> list[Figure]:
    """Slack is away while many lines are said in one room; then it is back, and three others go on talking."""
    numbers = [house.declare(f"Trouble {n}") for n in range(4)]
    channels = [house.channel_of(number) for number in numbers]
    house.slack.fail("*", broken(503), times=None)
    with ThreadPoolExecutor(4) as people:
        list(
            people.map(lambda n: house.call(f"/incidents/{numbers[0]}/messages", {"text": f"line {n}"}), range(waiting))
        )
    house.slack.heal()
    back = house.slack.world.now()
    said: dict[str, float] = {}
    limited = channels[0]

    def carried() -> bool:
        return f"line {waiting - 1}" in "".join(str(post["text"]) for post in house.slack.posts(limited)[-1:])

    # Until the first post the circuit breaker waits, for ten seconds at most.
    wait_until(
        lambda: any(_is_in(e, limited, back) and e.ok for e in house.slack.journal.calls("chat.postMessage")), 60
    )
    n, end = 0, time.perf_counter() + waiting + 60
    while not carried() and time.perf_counter() < end:
        house.call(f"/incidents/{numbers[1 + n % 3]}/messages", {"text": f"other {n}"})
        said[f"other {n}"] = house.slack.world.now()
        n += 1
        time.sleep(0.5)
    time.sleep(2)
    posts = sorted(e.at for e in house.slack.journal.calls("chat.postMessage", ok=True) if _is_in(e, limited, back))
    gaps = [after - before for before, after in itertools.pairwise(posts)]
    others = {str(e.params["text"]): e.at for e in house.slack.journal.calls("chat.postMessage", ok=True)}
    late = [others[text] - at for text, at in said.items() if text in others]
    took = posts[-1] - posts[0]
    text = "".join(str(post["text"]) for post in house.slack.posts(limited))
    once = all(text.count(f"line {n}\n") + text.endswith(f"line {n}") <= 1 for n in range(waiting))
    return [
        Figure(
            f"{waiting} lines waiting in one room after an outage",
            f"{len(posts)} posts in {took:.0f} s, {min(gaps):.2f} s apart at least;"
            f" the first one {posts[0] - back:.1f} s after the return",
            "as fast as a post a second and no faster, each line once",
            min(gaps) >= 0.99 and took <= 1.25 * len(posts) and once and carried(),
        ),
        Figure(
            "Other rooms meanwhile, from the API's answer to the post",
            f"p50 {percentile(late, 0.5):.2f} s, longest {max(late):.2f} s, {len(late)} lines",
            "under 1 s more",
            percentile(late, 0.95) < 1.0,
        ),
    ]


def _is_in(entry: Entry, channel: Channel, since: float) -> bool:
    return entry.params.get("channel") == channel.id and entry.at >= since
