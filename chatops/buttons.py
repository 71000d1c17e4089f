"""The buttons under an answer."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

from chatops.port import Button


def answer_buttons(answer: Mapping[str, Any]) -> Sequence[Button]:
    """The buttons of a stored answer: its own, the undo, and the page to open."""
    buttons = [Button(b["label"], b.get("command", ""), b.get("url", "")) for b in answer.get("buttons", [])]
    if answer.get("undo"):
        buttons.append(Button("Undo", command=str(answer["undo"])))
    if str(answer.get("open_url", "")).startswith("/"):
        buttons.append(Button("Open", url=f"{settings.BASE_URL}{answer['open_url']}"))
    return buttons
