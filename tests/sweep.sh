#!/usr/bin/env bash
# The long runs: every kill point several times in both modes, and the properties with many more examples.
# It needs PostgreSQL, Redis and RabbitMQ. WARROOM_REPEATS: runs per kill point and mode.
set -euo pipefail
cd "$(dirname "$0")/.."

export WARROOM_SWEEP=1
export WARROOM_REQUIRE_SERVICES=1
export WARROOM_REPEATS="${WARROOM_REPEATS:-5}"

echo "== Kill points, ${WARROOM_REPEATS} runs each, embedded and production"
pytest -q tests/processes "$@"

echo "== Properties"
pytest -q -n "${WARROOM_TEST_WORKERS:-2}" tests/chatops tests/pagerduty tests/integrations "$@"
