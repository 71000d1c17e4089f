"""Whether Slack can call this installation's address, as far as the address itself tells. Pure."""

import ipaddress
from urllib.parse import urlsplit

#: names that only a house of its own knows
_INSIDE = (".local", ".internal", ".lan", ".home", ".corp", ".intranet", ".test", ".localhost", ".home.arpa")


def why_unreachable(base_url: str) -> str:
    """Say why Slack can't call this address; empty when it looks reachable."""
    parts = urlsplit(base_url)
    host = (parts.hostname or "").rstrip(".").lower()
    if not host:
        return "BASE_URL is not set to an address"
    if not _is_public(host):
        return f"{host} is an address inside your own network"
    if parts.scheme != "https":
        return "it is not https, and Slack calls nothing else"
    return ""


def _is_public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith(_INSIDE)
