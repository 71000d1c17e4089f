"""Settings for pytest: SQLite by default, PostgreSQL with WARROOM_TEST_DATABASE_URL."""

import os
import tempfile

os.environ.setdefault("WARROOM_DATA_DIR", tempfile.mkdtemp(prefix="warroom-test-"))
os.environ.setdefault("BASE_URL", "http://testserver")
os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "x" * 40)
if os.environ.get("WARROOM_TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = os.environ["WARROOM_TEST_DATABASE_URL"]

from config.settings.base import *

STATIC_ROOT.mkdir(exist_ok=True)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["*"]
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
if EMBEDDED:
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
    # What asks for no order gets another one than it is used to, as PostgreSQL may give it on any day.
    SQLITE_OPTIONS["init_command"] += " PRAGMA reverse_unordered_selects=ON;"
else:
    DATABASES["default"]["OPTIONS"].pop("pool", None)
REST_FRAMEWORK = {**REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {"token": "100000/min"}}
ACCOUNT_RATE_LIMITS = False
