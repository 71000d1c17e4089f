"""PagerDuty, as the Connections page shows it."""

from integrations.kit.manifest import Door, Field, Manifest
from integrations.pagerduty.door import outside_id, verify

MANIFEST = Manifest(
    slug="pagerduty",
    name="PagerDuty",
    summary="Incidents of PagerDuty declare and move incidents here.",
    fields=[
        Field(
            "webhook_secret",
            "Webhook signing secret",
            "PagerDuty shows it once when you make the webhook subscription. Two, separated by a comma, "
            "while you rotate it.",
            is_secret=True,
            required=True,
            several=True,
        ),
        Field(
            "api_key",
            "API access key",
            "Integrations > API Access Keys. Needed for the test button.",
            is_secret=True,
        ),
        Field(
            "from_email",
            "Acts as",
            "The e-mail address of a PagerDuty user, for what Warroom writes there with an account-wide key.",
        ),
    ],
    capabilities=["source", "upstream"],
    doors=[Door(path="pagerduty", verify=verify, outside_id=outside_id)],
    environment={"PAGERDUTY_WEBHOOK_SECRET": "webhook_secret", "PAGERDUTY_API_KEY": "api_key"},
)
