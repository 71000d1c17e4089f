"""A house under attack: the real door (or Socket Mode's way in), the real handler, a fake Slack around them."""

import asyncio
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any

from accounts.models import Identity, User
from common import clock
from connections.models import Connection, Delivery, Received
from incidents.models import ActionItem, Incident, Member, RoleAssignment, TimelineEvent
from integrations.kit.door import HookDoor
from integrations.kit.receiving import Receiver
from integrations.slack.blocks import COMMAND
from integrations.slack.manifest import MANIFEST
from integrations.slack.sockets import envelopes
from tests.door.asgi import knock
from tests.fakes.slack_server import Channel, FakeSlack, Parcel, Person
from tests.integrations.slack.conftest import SECRET
from tests.integrations.slack.working import work

_KINDS = {"events": "events_api", "commands": "slash_commands", "interactions": "interactive"}
_DOORS = {door.path: door for door in MANIFEST.doors}


@dataclass
class House:
    """One incident with its channel, people linked and not, and both ways in."""

    slack: FakeSlack
    connection: Connection
    door: HookDoor
    receiver: Receiver
    incident: Incident
    channel: Channel
    users: dict[str, User]
    people: dict[str, Person]

    # --- ways in ----------------------------------------------------------------------------------
    def post(
        self, parcel: Parcel, *, secret: str = SECRET, at: float | None = None, door: str = "", **headers: Any
    ) -> int:
        """Send it to the door, signed; `headers` replace some (None takes one away). Then work it off."""
        at = clock.now().timestamp() if at is None else at
        sent: dict[str, Any] = {
            name.lower(): value for name, value in parcel.headers(secret.strip() or "-", at).items()
        }
        if not secret.strip():
            sent["x-slack-signature"] = signature(secret, str(int(at)), parcel.body)
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        kept = {name: value for name, value in sent.items() if value is not None}
        answer = asyncio.run(knock(self.door, f"/hooks/slack/{door or parcel.door}", parcel.body, kept))
        work(self.slack, seconds=5)
        return answer.status

    def push(self, parcel: Parcel) -> int:
        """Send it through a websocket instead: Slack vouches for it, there is no signature."""
        kind = _KINDS[parcel.door]
        raw = envelopes.body_of(kind, _payload(parcel))
        taken = self.receiver.take(
            connection_id=self.connection.pk, door=_DOORS[envelopes.DOORS[kind]], headers={}, raw=raw
        )
        work(self.slack, seconds=5)
        return 200 if taken else 503

    # --- what became of it ------------------------------------------------------------------------
    def said(self) -> str:
        """Everything that was said about it: on the row, to the person, in the channel only for them."""
        rows = Received.objects.order_by("id")
        outcomes = [text for row in rows for text in (row.outcome_text, row.last_error) if text]
        seen = [entry.params for entry in self.slack.journal.calls("chat.postEphemeral", "chat.postMessage")]
        views = [view.content for view in self.slack.world.views.open.values()]
        given_up = list(Delivery.objects.filter(dead_at__isnull=False).values_list("last_error", flat=True))
        return json.dumps(
            [outcomes, given_up, self.slack.responses, [dict(each) for each in seen], views], ensure_ascii=False
        )

    def state(self) -> dict[str, Any]:
        """What an attacker would want to change. Lines that people say are no attack."""
        incidents = Incident.objects.order_by("pk").values_list("pk", "severity", "status", "title", "is_private")
        links = Identity.objects.filter(user__isnull=False).order_by("pk").values_list("outside_id", "user_id")
        return {
            "incidents": list(incidents),
            "roles": list(RoleAssignment.objects.order_by("pk").values_list("incident_id", "role", "user_id")),
            "members": list(Member.objects.order_by("pk").values_list("incident_id", "user_id")),
            "tasks": list(ActionItem.objects.order_by("pk").values_list("incident_id", "text")),
            "pins": list(
                TimelineEvent.objects.filter(pinned_at__isnull=False).order_by("pk").values_list("pk", flat=True)
            ),
            "links": list(links),
            "connections": list(Connection.objects.order_by("pk").values_list("pk", "is_on", "trouble")),
        }

    # --- shorthands -------------------------------------------------------------------------------
    def typed(self, line: str, who: str = "bo", channel: Channel | None = None, **fields: str) -> Parcel:
        return self.slack.command(channel or self.channel, self.people[who], line, **fields)

    def pressed(self, value: str, who: str = "bo", action_id: str = COMMAND, **fields: Any) -> Parcel:
        """A click whose payload was written by hand: any value, any action."""
        action = {"type": "button", "block_id": "b", "action_id": action_id, "value": value, "action_ts": "1.2"}
        place = {"channel": {"id": self.channel.id, "name": self.channel.name}}
        answer = {"response_url": self.slack.response_address()}
        return self.slack.interact(
            "block_actions", self.people[who], **{**place, **answer, "actions": [action], **fields}
        )


def signature(secret: str, stamp: str, body: bytes) -> str:
    """Slack's signature, for secrets that its own library refuses."""
    return "v0=" + hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()


def _payload(parcel: Parcel) -> dict[str, Any]:
    from urllib.parse import parse_qsl

    if parcel.door == "events":
        return parcel.payload
    fields = dict(parse_qsl(parcel.body.decode(), keep_blank_values=True))
    if parcel.door == "interactions":
        found: dict[str, Any] = json.loads(fields["payload"])
        return found
    return dict(fields)
