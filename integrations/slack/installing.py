"""What somebody sees who installs the app here: the steps before, and how it stands after."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from chatops.registry import registry
from connections import checks
from connections.checks import BAD, GOOD, WAIT, WARN, Finding
from connections.models import Connection
from integrations.slack.app_manifest import app_manifest, create_address
from integrations.slack.command_names import SlashName, slash_names
from integrations.slack.models import Fact
from integrations.slack.oauth import can_install
from integrations.slack.reach import why_unreachable
from integrations.slack.scopes import SCOPES

#: the ways in, as the address of the page names them
HTTP, SOCKET = "http", "socket"
#: how a finding looks in a list of steps
_STATES = {GOOD: ("done", "check"), WARN: ("doing", "warning"), BAD: ("failed", "x"), WAIT: ("waiting", "clock")}


def names_here() -> list[SlashName]:
    """The command roots of this installation, with their names in Slack."""
    return slash_names(registry().roots(), settings.COMMAND_NAMES)


def complaints() -> list[str]:
    """Names of commands that Slack keeps for itself, where Slack is connected."""
    if not Connection.objects.present().filter(kind="slack", is_on=True).exists():
        return []
    return [f"Slack: {name.refused}" for name in names_here() if name.refused]


def steps(way: str) -> Mapping[str, Any]:
    """What the page shows before the connection is made.

    :param way: http or socket; anything else: the one that suits this installation's address.
    """
    why = why_unreachable(settings.BASE_URL)
    suits = SOCKET if why else HTTP
    by_socket = (way if way in (HTTP, SOCKET) else suits) == SOCKET
    names = names_here()
    manifest = app_manifest(settings.BASE_URL, names, by_socket=by_socket)
    return {
        "needed": {"app_token"} if by_socket else set(),
        "hidden": {"signing_secret"} if by_socket else {"app_token"},
        "later": {"client_id", "client_secret", "trust_emails"},
        "base_url": settings.BASE_URL,
        "why": why,
        "by_socket": by_socket,
        "suits": suits,
        "yaml": manifest.as_yaml,
        "create_address": create_address(manifest, settings.SLACK_API_URL),
        "names": [f"/{name.name}" for name in names if name.name],
        "refused": [name.refused for name in names if name.refused],
    }


def after(connection: Connection) -> Mapping[str, Any]:
    """How it stands: what the last test found, whether events come, and each permission. Asks nobody."""
    from integrations.slack.check import is_by_socket, standing

    kept = checks.findings_of(connection)
    arriving = standing(connection)
    # What the last test said of events is older than what we can see now; a broken socket it alone knows.
    others = [each for each in kept if each.name != arriving.name and not _is_of_arriving(each, connection)]
    # What keeps anything from coming is said already: that nothing came is no news beside it.
    is_told = arriving.state == WAIT and any(each.name == "Socket Mode" and each.state == BAD for each in others)
    found = others if is_told else [*others, arriving]
    fact = Fact.objects.filter(connection=connection, about=Fact.SELF, is_sure=True).first()
    granted = set(fact.answer.get("scopes", [])) if fact else set()
    return {
        "findings": [_shown(each) for each in found],
        "tested_at": checks.checked_at(connection),
        "is_awaited": arriving.state == WAIT and not is_told,
        "is_green": arriving.state == GOOD,
        "by_socket": is_by_socket(connection),
        "can_install": can_install(connection) and not connection.from_environment,
        "workspace": connection.settings.get("team", ""),
        "permissions": [{"scope": scope, "is_given": scope.name in granted} for scope in SCOPES] if granted else [],
        "given": len([scope for scope in SCOPES if scope.name in granted]),
    }


def _is_of_arriving(finding: Finding, connection: Connection) -> bool:
    """Tell whether a kept finding speaks of requests that came: that is looked at anew."""
    secret = str(connection.secrets.get("signing_secret", "")).strip()
    return finding.name in ("Events", "Signing Secret") and bool(secret)


def _shown(finding: Finding) -> dict[str, str]:
    state, icon = _STATES.get(finding.state, _STATES[WARN])
    return {"label": finding.name, "state": state, "icon": icon, "detail": finding.text}
