"""500 WebSocket clients in one room: a line reaches all, none missing or doubled, also after a cut of 60 s."""

import asyncio
import json
import time
import urllib.request
from typing import Any

import websockets

from benchmarks.kit import Figure, embedded, percentile, process, python, run, wait_for

CLIENTS = 500
LINES = 20
QUICK = {"clients": 100, "cut": 5.0}


def measure(clients: int = CLIENTS, cut: float = 60.0) -> list[Figure]:
    """Say lines while all read; cut all; say lines meanwhile; let all come back and compare."""
    with embedded() as env:
        run(python("manage.py", "migrate", "-v0"), env)
        run(python("manage.py", "seed_demo"), env)
        emails = [f"reader{n}@example.com" for n in range(-(-clients // 20))]
        run(python("-c", _PEOPLE.format(emails=emails)), env)
        tokens = [
            run(python("manage.py", "create_token", email, "--scope", "all"), env).split()[-1] for email in emails
        ]
        ada = run(python("manage.py", "create_token", "ada@example.com", "--scope", "all"), env).split()[-1]
        port = int(env["PORT"])
        with process(python("manage.py", "serve"), env):
            wait_for(port)
            return asyncio.run(_measure(port, ada, tokens, clients, cut))


_PEOPLE = (
    "import os; os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings'); import django; django.setup();"
    "from accounts.models import User; [User.objects.create_user(e, None) for e in {emails!r}]"
)


async def _measure(port: int, ada: str, tokens: list[str], clients: int, cut: float) -> list[Figure]:
    number = (await _post(port, ada, "/api/v1/incidents", {"title": "Many readers"}))["number"]
    seen: list[list[tuple[int, float]]] = [[] for _ in range(clients)]
    stop = asyncio.Event()

    async def read(n: int) -> None:
        after = seen[n][-1][0] if seen[n] else 0
        url = f"ws://127.0.0.1:{port}/ws/incidents/{number}?after={after}"
        headers = {"Authorization": f"Bearer {tokens[n // 20]}"}
        async with websockets.connect(url, additional_headers=headers, open_timeout=60, compression=None) as socket:
            while not stop.is_set():
                try:
                    frame = json.loads(await asyncio.wait_for(socket.recv(), 0.5))
                except TimeoutError:
                    continue
                if "sequence" in frame:
                    seen[n].append((frame["sequence"], time.perf_counter()))

    async def connect() -> list[asyncio.Task[None]]:
        stop.clear()
        tasks = []
        for n in range(clients):
            tasks.append(asyncio.create_task(read(n)))
            if n % 25 == 24:
                await asyncio.sleep(0.05)
        await _until(lambda: all(rows for rows in seen), 60)
        return tasks

    async def disconnect(tasks: list[asyncio.Task[None]]) -> None:
        stop.set()
        await asyncio.gather(*tasks, return_exceptions=True)

    tasks = await connect()
    sent: dict[int, float] = {}
    for n in range(LINES):
        start = time.perf_counter()
        made = await _post(port, ada, f"/api/v1/incidents/{number}/messages", {"text": f"line {n}"})
        sent[made["sequence"]] = start
        await asyncio.sleep(0.25)
    last = max(sent)
    await _until(lambda: all(rows and rows[-1][0] >= last for rows in seen), 30)
    delays = [(at - sent[sequence]) * 1000 for rows in seen for sequence, at in rows if sequence in sent]
    await disconnect(tasks)
    for n in range(LINES):
        made = await _post(port, ada, f"/api/v1/incidents/{number}/messages", {"text": f"unseen {n}"})
        last = made["sequence"]
    await asyncio.sleep(cut)
    start = time.perf_counter()
    tasks = await connect()
    await _until(lambda: all(rows[-1][0] >= last for rows in seen), 60)
    back = time.perf_counter() - start
    await disconnect(tasks)
    wanted = list(range(1, last + 1))
    wrong = sum([sequence for sequence, _ in rows] != wanted for rows in seen)
    p95 = percentile(delays, 0.95)
    return [
        Figure(
            f"{clients} WebSocket clients in one room, a line reaches all",
            f"p50 {percentile(delays, 0.5):.0f} ms, p95 {p95:.0f} ms over {len(delays)} deliveries",
            "p95 under 1 s",
            p95 < 1000,
        ),
        Figure(
            f"All {clients} cut for {cut:.0f} s, then back",
            f"{wrong} clients miss or repeat a line; all caught up {back:.1f} s after the return",
            "none missing or doubled",
            wrong == 0,
        ),
    ]


async def _until(done: Any, seconds: float) -> None:
    end = time.perf_counter() + seconds
    while not done():
        if time.perf_counter() > end:
            raise RuntimeError("not all clients got everything in time")
        await asyncio.sleep(0.05)


async def _post(port: int, token: str, path: str, body: dict[str, object]) -> dict[str, Any]:
    def send() -> dict[str, Any]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}{path}",
            data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            found: dict[str, Any] = json.loads(answer.read())
            return found

    return await asyncio.to_thread(send)
