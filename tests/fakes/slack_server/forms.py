"""What people do with our app's menus, forms and home."""

import json
from typing import TYPE_CHECKING, Any

from tests.fakes.slack_server.modals import View
from tests.fakes.slack_server.outbox import Parcel
from tests.fakes.slack_server.world import Channel, Message, Person, World


class Hands:
    """Mixed into the fake: the hands of the people on modals, menus and homes."""

    world: World

    if TYPE_CHECKING:

        def interact(self, kind: str, person: Person, **fields: Any) -> Parcel: ...
        def event(self, event: dict[str, Any], **envelope: Any) -> Parcel: ...
        def response_address(self) -> str: ...

    def view(self, person: Person) -> View | None:
        """The modal in front of a person."""
        found = [view for view in self.world.views.open.values() if view.is_open and view.person == person.id]
        return found[-1] if found else None

    def shortcut(self, person: Person, callback_id: str) -> Parcel:
        """A global shortcut: from the lightning menu, in no channel."""
        return self.interact("shortcut", person, callback_id=callback_id, action_ts=self.world.new_ts())

    def menu(self, channel: Channel, person: Person, ts: str, callback_id: str) -> Parcel:
        """An entry of a message's menu."""
        return self.interact(
            "message_action",
            person,
            callback_id=callback_id,
            channel={"id": channel.id, "name": channel.name},
            message=channel.messages[ts].as_json(),
            message_ts=ts,
            response_url=self.response_address(),
        )

    def close(self, view: View) -> None:
        """The person closes the modal; nobody is told."""
        view.is_open = False

    def open_home(self, person: Person) -> Parcel:
        """The person looks at our app's home."""
        return self.event(
            {
                "type": "app_home_opened",
                "user": person.id,
                "channel": f"D{person.id}",
                "tab": "home",
                "event_ts": self.world.new_ts(),
            }
        )

    def press_in(self, view: View, person: Person, label: str) -> Parcel:
        """Click a button inside a modal or a home."""
        element = _button(view.content["blocks"], label)
        action = {key: element[key] for key in ("action_id", "value", "type") if key in element}
        return self.interact(
            "block_actions",
            person,
            container={"type": "view", "view_id": view.id},
            view=view.as_json(),
            actions=[{**action, "block_id": "b", "action_ts": self.world.new_ts()}],
        )

    def submit(self, view: View, person: Person, **values: str | list[str]) -> Parcel:
        """Fill in and send a modal. What is not given keeps what stood there."""
        state: dict[str, Any] = {}
        for block in view.content["blocks"]:
            if block["type"] == "input":
                name, element = block["block_id"], block["element"]
                given = values.get(name)
                state[name] = {element["action_id"]: _state(element, given)}
        return self.interact(
            "view_submission",
            person,
            view={**view.as_json(), "state": {"values": state}},
            response_urls=[],
        )

    def answered(self, view: View, answer: bytes) -> None:
        """What Slack does with the answer to a submission: nothing closes, update shows something else."""
        said = json.loads(answer) if answer.strip() else {}
        action = said.get("response_action")
        if action is None or action == "clear":
            view.is_open = False
        elif action == "update":
            view.show(said["view"])


def _state(element: dict[str, Any], given: str | list[str] | None) -> dict[str, Any]:
    kind = element["type"]
    if kind == "plain_text_input":
        value = element.get("initial_value") if given is None else given
        return {"type": kind, "value": value or None}
    if kind == "users_select":
        return {"type": kind, "selected_user": (element.get("initial_user") if given is None else given) or None}
    options = element.get("options") or [o for group in element["option_groups"] for o in group["options"]]
    if kind == "static_select":
        chosen = element.get("initial_option") if given is None else _option(options, given)
        return {"type": kind, "selected_option": chosen}
    if given is None:
        return {"type": kind, "selected_options": element.get("initial_options", [])}
    return {"type": kind, "selected_options": [_option(options, value) for value in given]}


def _option(options: list[dict[str, Any]], value: Any) -> dict[str, Any] | None:
    return next((option for option in options if option["value"] == value), None)


def _button(blocks: list[dict[str, Any]], label: str) -> dict[str, Any]:
    return next(
        element
        for block in blocks
        for element in [*block.get("elements", []), *([block["accessory"]] if "accessory" in block else [])]
        if element.get("text", {}).get("text") == label
    )


def button_of(message: Message, label: str) -> dict[str, Any]:
    """The button with this label on a message."""
    return _button(message.extra.get("blocks", []), label)
