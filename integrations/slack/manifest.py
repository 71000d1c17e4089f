"""What Slack is, for the Connections page."""

from integrations.kit.manifest import Door, Field, Manifest
from integrations.slack import door

MANIFEST = Manifest(
    slug="slack",
    name="Slack",
    summary="A channel for each incident, both ways: lines, edits, reactions and commands.",
    fields=[
        Field(
            "bot_token",
            "Bot User OAuth Token",
            "Starts with xoxb-. In your app under OAuth & Permissions, after Install to Workspace.",
            is_secret=True,
            required=True,
        ),
        Field(
            "signing_secret",
            "Signing Secret",
            "In your app under Basic Information. While changing it: the new one, a comma, the old one.",
            is_secret=True,
            required=True,
            several=True,
        ),
        Field(
            "app_token",
            "App-Level Token",
            "Starts with xapp-. Only for Socket Mode, where Slack can't reach this address.",
            is_secret=True,
        ),
        Field(
            "announce_channel",
            "Incidents channel",
            "Where incidents are announced: its channel ID (C…), at the end of the channel's About tab.",
        ),
    ],
    capabilities=["chat", "commands"],
    doors=[
        Door(
            path="slack/events",
            verify=door.verify,
            outside_id=door.event_id,
            answer=door.answer_event,
            accepted_status=200,
        ),
        Door(
            path="slack/commands",
            verify=door.verify,
            outside_id=door.command_id,
            answer=door.answer_command,
            accepted_status=200,
        ),
        Door(
            path="slack/interactions",
            verify=door.verify,
            outside_id=door.interaction_id,
            answer=door.answer_interaction,
            accepted_status=200,
        ),
    ],
    environment={
        "SLACK_BOT_TOKEN": "bot_token",
        "SLACK_SIGNING_SECRET": "signing_secret",
        "SLACK_APP_TOKEN": "app_token",
        "ANNOUNCE_CHANNEL": "announce_channel",
    },
)
