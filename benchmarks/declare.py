"""Declare to usable room over HTTP, with Slack well, slow (2 s) and hanging; the statements it takes."""

import json
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from benchmarks.kit import Figure, embedded, median, percentile, process, python, run, wait_for

TIMES = 60
QUICK = {"times": 20}


def measure(times: int = TIMES) -> list[Figure]:
    """Declare by the API, then open the room's page: the time until both have answered."""
    figures = []
    p95: dict[str, float] = {}
    for mode in ("no chat", "Slack answers", "Slack answers in 2 s", "Slack hangs"):
        latencies = _declare(mode, times)
        p95[mode] = percentile(latencies, 0.95)
        base = p95["no chat"]
        if mode == "no chat" or mode == "Slack answers":
            met, wanted = p95[mode] < 300, "p95 under 300 ms"
        else:
            # Within a tenth of the run in which Slack answers at once: the work is the same.
            limit = p95["Slack answers"] * 1.10
            met, wanted = p95[mode] <= limit, f"at most {limit:.0f} ms (Slack answering, + 10 %)"
        figures.append(
            Figure(
                f"Declare to usable room, {mode}",
                f"p50 {median(latencies):.0f} ms, p95 {p95[mode]:.0f} ms ({p95[mode] / base:.2f} × no chat)",
                wanted,
                met,
                {"latencies": latencies},
            )
        )
    figures.append(_statements())
    return figures


class _Slack(BaseHTTPRequestHandler):
    """As much of Slack as makes a channel; `delay` seconds before each answer."""

    delay = 0.0
    channels = 0
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self.rfile.read(length)
        if self.delay:
            time.sleep(self.delay)
        method = self.path.rsplit("/", 1)[-1]
        answer: dict[str, object] = {"ok": True, "ts": f"{time.time():.6f}"}
        if method == "auth.test":
            answer |= {
                "team_id": "T1",
                "user_id": "UBOT",
                "bot_id": "B1",
                "team": "demo",
                "user": "warroom",
                "url": "x",
            }
        elif method == "conversations.create":
            type(self).channels += 1
            answer["channel"] = {"id": f"C{self.channels}", "name": f"inc-{self.channels}"}
        elif method == "users.lookupByEmail":
            answer = {"ok": False, "error": "users_not_found"}
        elif method in ("users.conversations", "conversations.history"):
            answer |= {"channels": [], "messages": [], "response_metadata": {"next_cursor": ""}}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Quiet."""


def _declare(mode: str, times: int) -> list[float]:
    handler = type("Handler", (_Slack,), {"delay": {"Slack answers in 2 s": 2.0, "Slack hangs": 20.0}.get(mode, 0.0)})
    slack = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    slack.daemon_threads = True
    threading.Thread(target=slack.serve_forever, daemon=True).start()
    latencies = []
    with embedded() as env:
        if mode != "no chat":
            env |= {
                "SLACK_BOT_TOKEN": "xoxb-benchmark",
                "SLACK_SIGNING_SECRET": "benchmark",
                "SLACK_API_URL": f"http://127.0.0.1:{slack.server_port}/api/",
            }
        run(python("manage.py", "migrate", "-v0"), env)
        run(python("manage.py", "seed_demo"), env)
        token = run(python("manage.py", "create_token", "ada@example.com", "--scope", "all"), env).split()[-1]
        port = int(env["PORT"])
        with process(python("manage.py", "serve"), env):
            wait_for(port)
            for n in range(times + 5):
                start = time.perf_counter()
                made = _call(port, token, "/api/v1/incidents", {"title": f"Checkout returns 5xx {n}", "severity": 2})
                _call(port, token, f"/api/v1/incidents/{made['number']}/timeline", None)
                _call(port, token, f"/api/v1/incidents/{made['number']}/messages", {"text": "first line"})
                if n >= 5:
                    latencies.append((time.perf_counter() - start) * 1000)
    slack.shutdown()
    return latencies


def _call(port: int, token: str, path: str, body: dict[str, object] | None) -> dict[str, object]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        data=json.dumps(body).encode() if body is not None else None,
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        method="POST" if body is not None else "GET",
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        found: dict[str, object] = json.loads(answer.read())
        return found


def _statements() -> Figure:
    with embedded() as env:
        run(python("manage.py", "migrate", "-v0"), env)
        counts = [
            int(word)
            for word in run(
                python("-m", "benchmarks.statements"), env | {"DJANGO_SETTINGS_MODULE": "config.settings"}
            ).split()
        ]
    return Figure(
        "SQL statements of an API declare, with 1 and with 100 incidents, people and watchers, a chat connected",
        f"{counts[0]} and {counts[1]}",
        "at most 25, not growing",
        counts[0] == counts[1] and counts[0] <= 25,
        {"counts": counts},
    )
