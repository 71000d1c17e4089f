"""The one line an integration needs: its package under integrations/."""

INTEGRATIONS = [
    "integrations.kit",
    "integrations.fakechat",
    "integrations.slack",
    "integrations.pagerduty",
    "integrations.bridge",
    "integrations.email",
    "integrations.twilio",
    "integrations.webpush",
    "integrations.ntfy",
    "integrations.selftest",
    "integrations.opsgenie",
    "integrations.grafana_oncall",
]
