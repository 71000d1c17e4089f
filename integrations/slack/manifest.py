"""What Slack is, for the Connections page."""

from integrations.kit.manifest import Door, Field, GuidePaths, Manifest
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
            unless=("client_id", "client_secret"),
        ),
        Field(
            "signing_secret",
            "Signing Secret",
            "In your app under Basic Information. Not needed in Socket Mode.",
            is_secret=True,
            required=True,
            several=True,
            unless=("app_token",),
        ),
        Field(
            "app_token",
            "App-Level Token",
            "Starts with xapp-. Only for Socket Mode. In your app under Basic Information > App-Level Tokens.",
            is_secret=True,
        ),
        Field(
            "client_id",
            "Client ID",
            "Instead of a copied token: then Slack's own page installs the app, here and into further workspaces.",
        ),
        Field(
            "client_secret",
            "Client Secret",
            "In your app under Basic Information, beside the Client ID.",
            is_secret=True,
        ),
        Field(
            "announce_channel",
            "Incidents channel",
            "Where incidents are announced: its channel ID (C…), at the end of the channel's About tab.",
        ),
        Field(
            "trust_emails",
            "Trust verified addresses",
            "A full member whose confirmed e-mail address in Slack is that of one account here is linked at once. "
            "Never an administrator. Guests, bots and people of other workspaces are not.",
            is_switch=True,
        ),
    ],
    guide=GuidePaths(
        template="slack/guide.html",
        after_template="slack/standing.html",
        steps="integrations.slack.installing.steps",
        after="integrations.slack.installing.after",
    ),
    complaints="integrations.slack.installing.complaints",
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
