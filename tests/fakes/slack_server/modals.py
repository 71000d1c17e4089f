"""The modals and homes of a workspace, as they stand."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class View:
    """One modal (or home) of one person, as it stands now; closed when they have closed it."""

    id: str
    person: str
    content: dict[str, Any]
    external_id: str = ""
    is_open: bool = True
    version: int = 1
    history: list[dict[str, Any]] = field(default_factory=list)

    @property
    def hash(self) -> str:
        return f"{self.version}.{self.id}"

    def as_json(self) -> dict[str, Any]:
        ours = {"team_id": "T0WARROOM1", "app_id": "A0WARROOM1", "bot_id": "B0WARROOM1"}
        unset = {"callback_id": "", "private_metadata": "", "clear_on_close": False, "notify_on_close": False}
        names = {"id": self.id, "hash": self.hash, "root_view_id": self.id, "external_id": self.external_id}
        return {**unset, **self.content, **ours, **names}

    def show(self, content: dict[str, Any]) -> None:
        """Something else stands there now."""
        self.history.append(self.content)
        self.content, self.version = content, self.version + 1
        self.external_id = str(content.get("external_id", "")) or self.external_id


class Views:
    """The views of a workspace, and the triggers that may open one."""

    def __init__(self) -> None:
        self.open: dict[str, View] = {}
        self.homes: dict[str, View] = {}
        self.triggers: dict[str, tuple[str, float]] = {}
        self.used: set[str] = set()

    def by_external(self, name: str) -> View | None:
        return next((view for view in self.open.values() if view.is_open and view.external_id == name), None)
