"""Everything that holds in every mode. Embedded (default) and production are the same code:
they differ only in the addresses that the environment gives."""

import secrets
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from config import env
from config.files import storage_of
from config.proxies import Proxies
from config.settings.integrations import INTEGRATIONS

ROOT = Path(__file__).resolve().parent.parent.parent
DATA_DIR = Path(env.text("WARROOM_DATA_DIR", str(ROOT / "var"))).resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)

BASE_URL = env.text("BASE_URL", f"http://127.0.0.1:{env.number('PORT', 8000)}").rstrip("/")
BASE_HOST = urlsplit(BASE_URL).hostname or "127.0.0.1"
BASE_IS_PUBLIC = BASE_HOST not in {"127.0.0.1", "localhost", "::1", "testserver"}

DATABASE_URL = env.text("DATABASE_URL")
EMBEDDED = not DATABASE_URL or DATABASE_URL.startswith("sqlite")
REDIS_URL = env.text("REDIS_URL")
DEBUG = env.switch("DEBUG", default=False)
if DEBUG and BASE_IS_PUBLIC:
    raise ImproperlyConfigured("DEBUG=1 is refused where BASE_URL is public: it shows secrets to visitors")


def _kept_secret(name: str, length: int = 50) -> str:
    """Return a secret made once and kept in the data directory (embedded mode only)."""
    path = DATA_DIR / name
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(length), encoding="utf-8")
    return path.read_text(encoding="utf-8").strip()


SECRET_KEY = env.text("SECRET_KEY")
if not SECRET_KEY:
    if not EMBEDDED:
        raise ImproperlyConfigured(
            "SECRET_KEY is required with DATABASE_URL: set it to 50 random characters, the same for every process"
        )
    SECRET_KEY = _kept_secret("secret-key")

# Several keys, separated by commas: the first encrypts, all decrypt. Any text of 32 characters or more.
ENCRYPTION_KEYS = env.words("WARROOM_ENCRYPTION_KEYS") or [SECRET_KEY]

ALLOWED_HOSTS = env.words("ALLOWED_HOSTS") or sorted({BASE_HOST, "127.0.0.1", "localhost", "[::1]"})
CSRF_TRUSTED_ORIGINS = [BASE_URL]
TRUSTED_PROXIES = env.words("TRUSTED_PROXIES")
Proxies(TRUSTED_PROXIES)  # refuses at the start what is no address

INSTALLED_APPS = [
    "config.apps.WarroomAdmin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "channels",
    "csp",
    "common",
    "accounts",
    "connections",
    "oncall",
    "alerts",
    "incidents",
    "actions",
    "chatops",
    "web",
    *INTEGRATIONS,
    "config.apps.Wiring",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "web.middleware.SecurityHeaders",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "web.middleware.SignInRequired",
    "web.middleware.Zone",
    "web.middleware.Refusals",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "web.context.frame",
            ],
            "builtins": ["web.templatetags.pieces"],
        },
    }
]

# --- Database -------------------------------------------------------------------------------------
SQLITE_OPTIONS: dict[str, Any] = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
}
DATABASES: dict[str, dict[str, Any]]
if EMBEDDED:
    DATABASES = {
        "default": {
            "ENGINE": "common.sqlite",
            "NAME": DATABASE_URL.split(":///", 1)[1] if DATABASE_URL else str(DATA_DIR / "warroom.sqlite3"),
            "OPTIONS": SQLITE_OPTIONS,
            "CONN_MAX_AGE": None,
        }
    }
else:
    _found: dict[str, Any] = dict(dj_database_url.parse(DATABASE_URL, conn_max_age=0))
    _found["OPTIONS"] = {
        **_found.get("OPTIONS", {}),
        "pool": {"min_size": 1, "max_size": env.number("DATABASE_POOL", 20), "timeout": 10},
        "connect_timeout": 5,
    }
    DATABASES = {"default": _found}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Live, cache, jobs ----------------------------------------------------------------------------
if REDIS_URL:
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL], "prefix": "warroom"},
        }
    }
    CACHES = {
        "default": {
            "BACKEND": "common.cache.RedisOrOwn",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "warroom",
            "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
        }
    }
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# Without a broker the clock does the work in its own process; with one it rings the workers.
CELERY_BROKER_URL = env.text("CELERY_BROKER_URL") or ("" if EMBEDDED else REDIS_URL)

# --- Sign-in --------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapter.ClosedSignUp"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_CHANGE_EMAIL = False
# Guessing one account's password is stopped early. An address is an office or a proxy: one person's typos there must
# not keep the others out, so it is only stopped from trying many accounts.
ACCOUNT_RATE_LIMITS: dict[str, str] | bool = {"login": "300/m/ip", "login_failed": "100/m/ip,10/5m/key"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Warroom"
# Administrators need a second factor in production; off in the demo and on one's own machine.
SECOND_FACTOR_REQUIRED = env.switch("WARROOM_SECOND_FACTOR", default=BASE_IS_PUBLIC)

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "web.errors.csrf_failed"
if BASE_URL.startswith("https://"):
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 31_536_000
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "connect-src": ["'self'"],
        "font-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- API ------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.authentication.BearerToken",
        "accounts.api.authentication.Session",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.api.permissions.ScopeAllows"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["accounts.api.parsers.StrictJSON"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "accounts.api.pagination.Cursor",
    "DEFAULT_THROTTLE_CLASSES": ["accounts.api.throttling.PerToken"],
    "DEFAULT_THROTTLE_RATES": {"token": env.text("WARROOM_API_RATE", "600/min")},
    "EXCEPTION_HANDLER": "accounts.api.problems.answer",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Warroom",
    "VERSION": "1",
    "DESCRIPTION": "Incidents, their rooms and timelines. Times are UTC, ISO 8601.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "COMPONENT_SPLIT_REQUEST": True,
}

# --- Files, language, time ------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = ROOT / "staticfiles"
STATICFILES_DIRS = [ROOT / "static"]
STORAGES = {
    "default": storage_of(env.text("WARROOM_FILES_URL"), DATA_DIR / "files"),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024

# --- Mail -----------------------------------------------------------------------------------------
EMAIL_URL = env.text("EMAIL_URL")
if EMAIL_URL:
    import environ

    vars().update(environ.Env.email_url_config(EMAIL_URL))
else:
    EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", f"warroom@{BASE_HOST}")

# --- Product --------------------------------------------------------------------------------------
# Addresses that people give may reach these private networks: "10.0.0.0/8", "192.168.1.5:8443".
OUTBOUND_ALLOW = env.words("WARROOM_OUTBOUND_ALLOW")
# Who is told when paging itself is in trouble, past all that paging is made of; what hears each minute that it is not.
TEST_PAGE_EVERY = timedelta(minutes=env.number("WARROOM_TEST_PAGE_MINUTES", 5))
ALARM_URL = env.text("WARROOM_ALARM_URL")
ALARM_EMAILS = env.words("WARROOM_ALARM_EMAILS")
HEARTBEAT_URL = env.text("WARROOM_HEARTBEAT_URL")
HOOK_BODY_LIMIT = env.number("WARROOM_HOOK_BODY_LIMIT", 1_048_576)
ALERT_BODY_LIMIT = env.number("WARROOM_ALERT_BODY_LIMIT", 8_388_608)
RAW_BODY_DAYS = env.number("WARROOM_RAW_BODY_DAYS", 30)
ATTACHMENT_LIMIT = 10 * 1024 * 1024
# Chat roots can be renamed: "status=svc,incident=inc".
COMMAND_NAMES = dict(pair.split("=", 1) for pair in env.words("WARROOM_COMMAND_NAMES"))
# What reactions stand for: "pin=📌,task=✅+✔️".
REACTIONS = env.text("WARROOM_REACTIONS", "pin=📌,task=✅,followup=⏩,update=📣,question=❓,seen=👀")
ANNOUNCE_CHANNEL = env.text("SLACK_ANNOUNCE_CHANNEL")

# An incident's channels are archived so long after its end; 0: never.
ARCHIVE_AFTER = timedelta(hours=env.number("WARROOM_ARCHIVE_AFTER_HOURS", 24))

SLACK_BOT_TOKEN = env.text("SLACK_BOT_TOKEN")
SLACK_SIGNING_SECRET = env.text("SLACK_SIGNING_SECRET")
SLACK_APP_TOKEN = env.text("SLACK_APP_TOKEN")
SLACK_API_URL = env.text("SLACK_API_URL", "https://slack.com/api/")
SLACK_WEBSOCKETS = env.number("SLACK_WEBSOCKETS", 2)
PAGERDUTY_API_KEY = env.text("PAGERDUTY_API_KEY")
PAGERDUTY_WEBHOOK_SECRET = env.text("PAGERDUTY_WEBHOOK_SECRET")
PAGERDUTY_API_URL = env.text("PAGERDUTY_API_URL", "https://api.pagerduty.com")
# Only to move in from there.
OPSGENIE_API_KEY = env.text("OPSGENIE_API_KEY")
OPSGENIE_API_URL = env.text("OPSGENIE_API_URL", "https://api.opsgenie.com")
GRAFANA_ONCALL_URL = env.text("GRAFANA_ONCALL_URL")
GRAFANA_ONCALL_TOKEN = env.text("GRAFANA_ONCALL_TOKEN")
PAGERDUTY_EVENTS_URL = env.text("PAGERDUTY_EVENTS_URL", "https://events.pagerduty.com")
TWILIO_ACCOUNT_SID = env.text("TWILIO_ACCOUNT_SID")
TWILIO_AUTH_TOKEN = env.text("TWILIO_AUTH_TOKEN")
TWILIO_FROM = env.text("TWILIO_FROM")
TWILIO_API_URL = env.text("TWILIO_API_URL", "https://api.twilio.com")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"()": "common.logs.Redacting", "format": "%(asctime)s %(levelname)s %(name)s %(message)s"}
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain", "stream": sys.stderr}},
    "root": {"handlers": ["stderr"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {"django.request": {"level": "ERROR"}, "uvicorn.access": {"level": "WARNING"}},
}
