#!/usr/bin/env bash
# The tests, once on SQLite without any service, then on PostgreSQL + Redis + RabbitMQ where those answer.
# WARROOM_REQUIRE_SERVICES=1: a missing service fails instead of skipping.
set -euo pipefail
cd "$(dirname "$0")/.."

workers="${WARROOM_TEST_WORKERS:-2}"
# Browser and process tests start programs of their own, with their own databases: they run once, here.
echo "== SQLite, no service"
env -u DATABASE_URL -u REDIS_URL -u CELERY_BROKER_URL pytest -q -n "$workers" --dist loadfile "$@"

postgres="${WARROOM_POSTGRES_URL:-postgres://postgres@127.0.0.1:5432/postgres}"
if python tests/services.py postgres "$postgres"; then
  echo "== PostgreSQL"
  WARROOM_TEST_DATABASE_URL="$postgres" pytest -q -n "$workers" --dist loadfile -m "not browser and not processes" "$@"
elif [ "${WARROOM_REQUIRE_SERVICES:-0}" = 1 ]; then
  echo "PostgreSQL is required and does not answer at $postgres" >&2
  exit 1
else
  echo "== PostgreSQL does not answer at $postgres: its run is skipped"
fi
