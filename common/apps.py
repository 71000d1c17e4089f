from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CommonConfig(AppConfig):
    name = "common"

    def ready(self) -> None:
        post_migrate.connect(keep_standing_rows, dispatch_uid="common.keep_standing_rows")


def keep_standing_rows(sender: AppConfig, using: str, **signal: Any) -> None:
    """After `migrate`: the one row of each standing chore is there, also where somebody emptied its table."""
    from common import clock
    from common.pending import Pending

    for table in sender.get_models():
        if issubclass(table, Pending) and table.standing is not None:
            rows = table._base_manager.using(using)
            rows.get_or_create(**{"name": table.standing}, defaults={"due_at": clock.now()})
