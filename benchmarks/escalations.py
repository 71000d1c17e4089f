"""Escalations that fall due in the same second: how late each step is, and when the provider has each page."""

import tempfile
from contextlib import ExitStack

from benchmarks.kit import REDIS, Figure, database, free_port, percentile, process, python, run
from benchmarks.slack_house import MAKE_CONNECTION
from tests.fakes.smtp import mail_server

QUICK = {"many": 200}
_FILL = ("-m", "benchmarks.escalations_fill")


def measure(many: int = 2000, most: float = 180.0) -> list[Figure]:
    """Two workers and a clock, PostgreSQL and Redis, and a mail server with a journal; everybody is another person."""
    with ExitStack() as stack:
        mail = stack.enter_context(mail_server())
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="warroom-bench-"))
        env = {
            "WARROOM_DATA_DIR": folder,
            "DATABASE_URL": stack.enter_context(database()),
            "BASE_URL": f"http://127.0.0.1:{free_port()}",
            "EMAIL_URL": mail.url,
            "SECRET_KEY": "b" * 50,
            "REDIS_URL": REDIS,
            "WARROOM_QUEUE": f"bench-{free_port()}",
            "LOG_LEVEL": "ERROR",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        run(python("manage.py", "migrate", "-v0"), env)
        run(python("-c", MAKE_CONNECTION), env)
        due = run(python(*_FILL, "fill", str(many), "15"), env).strip()
        stack.enter_context(process(python("-m", "celery", "-A", "config", "worker", "--loglevel=ERROR"), env))
        stack.enter_context(process(python("-m", "celery", "-A", "config", "worker", "--loglevel=ERROR"), env))
        stack.enter_context(process(python("manage.py", "clock"), env))
        out = run(python(*_FILL, "wait", str(many), due, str(most)), env)
        asked, handed = ([float(one) for one in row.split(",") if one] for row in out.split("\t")[:2])
        again, _ = out.split("\t")[2:]
        journal = {str(each["Message-ID"]) for _, each in mail.mails}
    if not handed:
        raise SystemExit("nothing was handed over")
    said = f"{many} at once"
    step, page = percentile(asked, 0.99), percentile(handed, 0.99)
    return [
        Figure(
            f"Escalation lateness, {said}",
            f"p50 {percentile(asked, 0.5):.1f} s, p99 {step:.1f} s",
            "p99 under 5 s",
            step < 5 and len(asked) == many,
        ),
        Figure(
            f"Handed to the provider, {said}",
            f"p50 {percentile(handed, 0.5):.1f} s, p99 {page:.1f} s, tries again {again}",
            "p99 under 15 s",
            page < 15 and len(handed) == many,
        ),
        Figure("In the provider's journal", f"{len(journal)} of {many}", "each, and no other", len(journal) == many),
    ]
