"""Twilio, as the Connections page shows it."""

from integrations.kit.manifest import Door, Field, Manifest
from integrations.twilio.door import SMS, STATUS, empty_answer, outside_id, verify_at

MANIFEST = Manifest(
    slug="twilio",
    name="Twilio",
    summary="Pages people by text message and by phone call; they answer by a reply or a key.",
    fields=[
        Field(
            "account_sid",
            "Account SID",
            "On the first page of the Twilio Console: AC and 32 characters.",
            required=True,
        ),
        Field(
            "auth_token",
            "Auth Token",
            "Beside the Account SID. Two, separated by a comma, while you rotate it: the newest first.",
            is_secret=True,
            required=True,
            several=True,
        ),
        Field(
            "from_number",
            "Sends from",
            "A number of yours at Twilio, as in +15005550006. Or a Messaging Service SID (MG…): it only texts.",
            required=True,
        ),
    ],
    capabilities=["pager"],
    doors=[
        Door(path=SMS, verify=verify_at(SMS), outside_id=outside_id, answer=empty_answer, accepted_status=200),
        Door(path=STATUS, verify=verify_at(STATUS), outside_id=outside_id, answer=empty_answer, accepted_status=200),
    ],
    environment={
        "TWILIO_ACCOUNT_SID": "account_sid",
        "TWILIO_AUTH_TOKEN": "auth_token",
        "TWILIO_FROM": "from_number",
    },
)
