from alerts.models.alert import Alert, AlertGroup

__all__ = ["Alert", "AlertGroup"]
