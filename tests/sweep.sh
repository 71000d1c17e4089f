#!/usr/bin/env bash
# The long runs: every kill point several times in both modes, the properties with many more examples, and axe with
# every rule on every page, in every theme and width. It needs PostgreSQL, Redis, RabbitMQ and Chromium.
# WARROOM_REPEATS: runs per kill point and mode.
set -euo pipefail
cd "$(dirname "$0")/.."

export WARROOM_SWEEP=1
export WARROOM_REQUIRE_SERVICES=1
export WARROOM_REPEATS="${WARROOM_REPEATS:-5}"

echo "== Kill points, ${WARROOM_REPEATS} runs each, embedded and production"
pytest -q tests/processes "$@"

echo "== Properties"
pytest -q -n "${WARROOM_TEST_WORKERS:-2}" tests/chatops tests/pagerduty tests/integrations tests/web/test_odd_parameters.py "$@"

echo "== Accessibility of every page, light, dark and night, phone and desk"
pytest -q tests/browser/test_axe.py "$@"
