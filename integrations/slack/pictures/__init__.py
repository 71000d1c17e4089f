"""Pictures for the docs of what stands in Slack: drawn from the very requests that the product would send."""
