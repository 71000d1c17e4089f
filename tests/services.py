"""Which services answer here: `python tests/services.py postgres URL` exits 0 when it does."""

import os
import socket
import sys
from urllib.parse import urlsplit

_PORTS = {"postgres": 5432, "redis": 6379, "rabbitmq": 5672}

REDIS_URL = os.environ.get("WARROOM_TEST_REDIS_URL", "redis://127.0.0.1:6379/9")
RABBITMQ_URL = os.environ.get("WARROOM_TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672//")
POSTGRES_URL = os.environ.get("WARROOM_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REQUIRED = os.environ.get("WARROOM_REQUIRE_SERVICES") == "1"


def answers(kind: str, url: str) -> bool:
    """Tell whether something listens at the address."""
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "127.0.0.1", parts.port or _PORTS[kind]), timeout=2):
            return True
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(0 if answers(sys.argv[1], sys.argv[2]) else 1)
