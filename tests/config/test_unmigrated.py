"""On a database that was not migrated the commands say so."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings


@pytest.mark.parametrize("command", [["doctor"], ["restore", "--release"]])
def test_it_says_to_migrate(command: list[str], tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    environment = {**kept, "WARROOM_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings"}

    said = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=settings.ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert said.returncode == 1
    assert "run manage.py migrate first" in said.stderr
    assert "Traceback" not in said.stderr
