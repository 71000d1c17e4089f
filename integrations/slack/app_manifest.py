"""The app's manifest: what somebody hands to Slack to make the app, for Slack's address or for Socket Mode.

Pure: values in, text out. Fields and limits: docs.slack.dev/reference/app-manifest (schema version 1).
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import yaml

from integrations.slack.command_names import SlashName
from integrations.slack.scopes import NAMES

#: entries of the menus, by the word that comes back when somebody chooses one
DECLARE = "declare_incident"
DECLARE_FROM = "declare_from"
TIMELINE_ADD = "timeline_add"
TASK_ADD = "task_add"
FOLLOWUP_ADD = "followup_add"

#: where OAuth leads back to
CALLBACK = "/connections/slack/callback"

BOT_EVENTS = (
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "channel_archive",
    "channel_deleted",
    "channel_id_changed",
    "channel_left",
    "channel_rename",
    "channel_unarchive",
    "group_archive",
    "group_deleted",
    "group_left",
    "group_rename",
    "group_unarchive",
    "member_joined_channel",
    "member_left_channel",
    "message.channels",
    "message.groups",
    "message.im",
    "pin_added",
    "pin_removed",
    "reaction_added",
    "reaction_removed",
    "subteam_created",
    "subteam_updated",
    "tokens_revoked",
    "user_change",
)

_DESCRIPTION = "Incident rooms, paging and timelines"
_LONG_DESCRIPTION = (
    "Warroom gives each incident a channel of its own. What is said there stands in the incident's timeline, what is "
    "said in the web room stands in the channel, and the commands are the same in both. When Slack is away the web "
    "room goes on, and the channel is caught up once, in order, when Slack is back."
)
#: per root: what it does and how it is typed; roots that are not here yet get the plain line
_ABOUT = {
    "incident": ("Declare an incident and run it", "create Checkout 5xx --sev 1 | sev 2 | resolve | help"),
    "oncall": ("Who is on call, and somebody instead", "who payments | me | override payments me from now to 18:00"),
    "runbook": ("Find a runbook and go through it", "search dns | run restart-checkout | next"),
    "alerts": ("What is firing, and why you were paged", "list | ack 31 | why 31"),
    "status": ("State of the services", "payments | set payments degraded"),
    "deploy": ("Ask for a deploy that a second person approves", "checkout 1.42.0 to production"),
    "rollback": ("Ask for the way back", "checkout to previous in production"),
}
_PLAIN = ("A command of Warroom", "help")

#: api.slack.com for slack.com, api.slack-gov.com for GovSlack
_SLACK_HOSTS = ("slack.com", "slack-gov.com")


@dataclass(frozen=True)
class AppManifest:
    """A manifest in the two ways that Slack takes it."""

    content: dict[str, Any]

    @property
    def as_yaml(self) -> str:
        """For reading and pasting."""
        return yaml.safe_dump(self.content, sort_keys=False, allow_unicode=True, width=120)

    @property
    def as_json(self) -> str:
        """In one line, for the link."""
        return json.dumps(self.content, separators=(",", ":"))


def app_manifest(base_url: str, names: Iterable[SlashName], *, by_socket: bool, name: str = "Warroom") -> AppManifest:
    """Write the manifest of the app.

    :param base_url: the address people use for Warroom; Slack calls it too, unless it goes by Socket Mode.
    :param names: the command roots with their names in Slack; those without a name are left out.
    :param by_socket: Slack does not call us, we hold a connection to it.
    """
    base = base_url.rstrip("/")
    return AppManifest(
        {
            "_metadata": {"major_version": 1, "minor_version": 1},
            "display_information": {
                "name": name[:35],
                "description": _DESCRIPTION,
                "long_description": _LONG_DESCRIPTION,
                "background_color": "#1f2a37",
            },
            "features": {
                "app_home": {
                    "home_tab_enabled": True,
                    "messages_tab_enabled": True,
                    "messages_tab_read_only_enabled": False,
                },
                "bot_user": {"display_name": "warroom", "always_online": True},
                "shortcuts": _shortcuts(),
                "slash_commands": [_command(each, base, by_socket) for each in names if each.name],
            },
            "oauth_config": {
                # Slack leads people back to https only.
                **({"redirect_urls": [f"{base}{CALLBACK}"]} if base.startswith("https://") else {}),
                "scopes": {"bot": list(NAMES)},
            },
            "settings": {
                "event_subscriptions": {
                    **({} if by_socket else {"request_url": f"{base}/hooks/slack/events"}),
                    "bot_events": list(BOT_EVENTS),
                },
                "interactivity": {
                    "is_enabled": True,
                    **({} if by_socket else _interactivity(base)),
                },
                "org_deploy_enabled": False,
                "socket_mode_enabled": by_socket,
                "token_rotation_enabled": False,
            },
        }
    )


def _interactivity(base: str) -> dict[str, str]:
    return {"request_url": f"{base}/hooks/slack/interactions"}


def _shortcuts() -> list[dict[str, str]]:
    rows = (
        ("Declare an incident", "global", DECLARE, "Open the form"),
        ("Add to timeline", "message", TIMELINE_ADD, "Pin this message to the incident's story"),
        ("Make task", "message", TASK_ADD, "Something to do now, from this message"),
        ("Make follow-up", "message", FOLLOWUP_ADD, "Something to do after the incident, from this message"),
        ("Declare incident from it", "message", DECLARE_FROM, "Open the form with what this message says"),
    )
    return [dict(zip(("name", "type", "callback_id", "description"), row, strict=True)) for row in rows]


def _command(name: SlashName, base: str, by_socket: bool) -> dict[str, Any]:
    description, hint = _ABOUT.get(name.root, _PLAIN)
    return {
        "command": f"/{name.name}",
        **({} if by_socket else {"url": f"{base}/hooks/slack/commands"}),
        "description": description,
        "usage_hint": hint,
        "should_escape": True,
    }


def create_address(manifest: AppManifest, api_url: str) -> str:
    """Slack's page that makes an app, with the manifest filled in.

    :param api_url: the setting SLACK_API_URL; it says whether it is Slack or GovSlack.
    """
    host = urlsplit(api_url).hostname or ""
    known = host if host in _SLACK_HOSTS else _SLACK_HOSTS[0]
    return f"https://api.{known}/apps?new_app=1&manifest_json={quote(manifest.as_json, safe='')}"
