"""What is deployed fits the code: the image, compose, units and the proxy, without an engine."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands

from tests.config.house import ROOT
from tests.test_docs import settings_read

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
OURS = ["web", "worker", "clock", "migrate"]
UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def service(name: str) -> dict[str, Any]:
    found: dict[str, Any] = COMPOSE["services"][name]
    return found


def interpolated(text: str) -> set[str]:
    return set(re.findall(r"\$\{(\w+)", text))


# --- compose ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_a_setting(name: str) -> None:
    assert set(service(name)["environment"]) - settings_read() == set()


def test_every_process_has_the_same_environment() -> None:
    assert len({str(service(name)["environment"]) for name in OURS}) == 1


def test_secrets_have_no_default() -> None:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")

    for name in ("SECRET_KEY", "POSTGRES_PASSWORD", "BASE_URL"):
        assert re.findall(rf"\$\{{{name}(..)", text), name
        assert set(re.findall(rf"\$\{{{name}(..)", text)) == {":?"}, name


def test_what_a_vendor_needs_can_be_given() -> None:
    from integrations.kit.manifest import manifests

    secrets = {
        name
        for manifest in manifests().values()
        for name, field in manifest.environment.items()
        if field in {each.name for each in manifest.fields if each.is_secret}
    }

    assert secrets <= set(service("web")["environment"])


@pytest.mark.parametrize("name", OURS)
def test_our_processes_may_do_little(name: str) -> None:
    found = service(name)

    assert found["read_only"] is True
    assert found["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in found["security_opt"]
    assert found["tmpfs"] == ["/tmp"]
    assert found["volumes"] == ["data:/data"]


def test_nothing_is_open_but_the_port_for_the_proxy() -> None:
    published = {name: found["ports"] for name, found in COMPOSE["services"].items() if "ports" in found}

    assert published == {"web": ["127.0.0.1:${PORT:-8000}:8000"]}


def test_everybody_waits_for_the_migrations() -> None:
    for name in ("web", "worker", "clock"):
        assert service(name)["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert service("migrate")["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert service("migrate")["restart"] == "no"
    assert service("migrate")["command"][2] == "migrate"


def test_each_process_is_started_by_what_the_code_has() -> None:
    assert service("web")["command"][:2] == ["uvicorn", "config.asgi:application"]
    assert "--workers=2" in service("web")["command"]
    assert service("worker")["command"][:4] == ["celery", "-A", "config", "worker"]
    assert service("clock")["command"] == ["python", "manage.py", "clock"]


def test_only_web_is_asked_for_its_health() -> None:
    assert "healthcheck" not in service("web")
    for name in ("worker", "clock", "migrate"):
        assert service(name)["healthcheck"] == {"disable": True}


def test_the_servers_are_of_the_versions_that_are_tested() -> None:
    assert service("postgres")["image"] == "postgres:15"
    assert service("redis")["image"] == "redis:7"
    assert "postgresql-client-15" in DOCKERFILE


def test_the_how_to_names_what_has_to_be_set() -> None:
    page = (ROOT / "docs" / "how-to" / "go-to-production.md").read_text(encoding="utf-8")
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")

    for name in re.findall(r"\$\{(\w+):\?", text):
        assert re.search(rf"^\s+{name}=", page, re.MULTILINE), name


# --- The image ----------------------------------------------------------------------------------------


def test_the_image_is_of_hashed_packages_and_runs_as_nobody_special() -> None:
    final = DOCKERFILE.split("\nFROM ")[-1]

    assert DOCKERFILE.count("FROM python:3.11-slim-bookworm") == 2
    assert "pip install --require-hashes -r requirements-extra.txt" in DOCKERFILE
    assert re.search(r"^USER 10001$", final, re.MULTILINE)
    assert "--uid 10001" in final
    assert "/healthz" in final
    assert "collectstatic" in DOCKERFILE.split("\nFROM ")[1]


def test_no_secret_is_left_in_the_image() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()

    assert {".git", ".env", "var", ".venv"} <= set(ignored)
    assert "ENV SECRET_KEY" not in DOCKERFILE
    assert "ARG SECRET" not in DOCKERFILE


def test_the_image_takes_along_what_the_code_needs() -> None:
    ignored = {
        line.strip() for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] != "#"
    }

    for needed in ("manage.py", "config", "templates", "static", "integrations", "requirements-extra.txt"):
        assert needed not in ignored
        assert (ROOT / needed).exists()


# --- Units and the proxy ------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_a_unit_starts_what_is_there(unit: Path) -> None:
    text = unit.read_text(encoding="utf-8")

    for command in re.findall(r"manage\.py (\w+)", text):
        assert command in get_commands()
    assert "User=warroom" in text
    assert "NoNewPrivileges=yes" in text
    assert "ProtectSystem=strict" in text
    assert re.search(r"^ExecStart=/opt/warroom/app/\.venv/bin/", text, re.MULTILINE)


def test_the_environment_file_of_the_units_names_settings_only() -> None:
    text = (ROOT / "deploy" / "warroom.env.example").read_text(encoding="utf-8")

    assert set(re.findall(r"^#?([A-Z_]+)=", text, re.MULTILINE)) - settings_read() == set()
    assert re.search(r"^SECRET_KEY=$", text, re.MULTILINE)


def test_the_proxy_lets_sockets_through_and_keys_out_of_the_log() -> None:
    text = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")

    assert "proxy_set_header Upgrade" in text
    assert "X-Forwarded-For   $remote_addr" in text
    assert "location = /metrics" in text
    assert "$logged_uri" in text.split("log_format")[1]
    assert "$request " not in text
    for secret in ("/hooks/", "/accounts/password/reset/key/", "/me/link/"):
        assert secret in text.split("log_format")[0]


def test_the_proxy_lets_the_largest_alert_body_in() -> None:
    from django.conf import settings

    text = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    hooks = text.split("location /hooks/")[1].split("}")[0]
    allowed = int(re.search(r"client_max_body_size (\d+)m", hooks).group(1)) * 1024 * 1024  # type: ignore[union-attr]

    assert allowed > settings.ALERT_BODY_LIMIT
