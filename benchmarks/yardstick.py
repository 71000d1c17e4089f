"""The smallest possible Django view for a hook: check the HMAC, write one row, commit, answer 202.

It runs under a WSGI server (granian, two workers) with a pooled connection: what one would write without a
door of one's own. On SQLite it has the same pragmas as Warroom and syncs at each commit like the door.
"""

import hashlib
import hmac
import os

import django
from django.conf import settings

if not settings.configured:
    url = os.environ.get("YARDSTICK_DATABASE", "")
    if url:
        import dj_database_url

        database = dict(dj_database_url.parse(url))
        database["OPTIONS"] = {"pool": {"min_size": 2, "max_size": 20}}
    else:
        database = {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.environ["YARDSTICK_FILE"],
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
            },
        }
    settings.configure(
        SECRET_KEY="only-a-yardstick",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="benchmarks.yardstick",
        MIDDLEWARE=[],
        INSTALLED_APPS=[],
        DATABASES={"default": database},
        USE_TZ=True,
    )
    django.setup()

from django.core.wsgi import get_wsgi_application
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from benchmarks.yardstick_secret import SECRET


def make_table() -> None:
    """Make the one table."""
    kind = "bigserial" if connection.vendor == "postgresql" else "integer"
    blob = "bytea" if connection.vendor == "postgresql" else "blob"
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE IF NOT EXISTS raw (id {kind} PRIMARY KEY, outside_id varchar(200) UNIQUE, body {blob})"
        )


@csrf_exempt
def take(request: HttpRequest) -> HttpResponse:
    """Verify, insert, commit, 202."""
    raw = request.body
    wanted = hmac.new(SECRET, raw, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(f"v1={wanted}", request.headers.get("X-PagerDuty-Signature", "")):
        return HttpResponse(status=401)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO raw (outside_id, body) VALUES (%s, %s) ON CONFLICT (outside_id) DO NOTHING",
            [request.headers.get("X-Webhook-Id", ""), raw],
        )
    return HttpResponse(status=202)


urlpatterns = [path("hooks/pagerduty", take)]
application = get_wsgi_application()

if __name__ == "__main__":
    make_table()
