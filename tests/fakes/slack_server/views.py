"""views.*: modals and homes, with Slack's own checks.

A trigger opens one view and lives three seconds; an external id is unique; limits as at
docs.slack.dev/reference/views and docs.slack.dev/reference/block-kit.
"""

import json
from collections.abc import Iterator
from typing import Any

from tests.fakes.slack_server import blockkit
from tests.fakes.slack_server.modals import View
from tests.fakes.slack_server.params import Params
from tests.fakes.slack_server.registry import Answer, method
from tests.fakes.slack_server.world import Refusal, World

TRIGGER_SECONDS = 3.0
_LARGEST = 250_000
_ELEMENTS = {
    "plain_text_input", "static_select", "multi_static_select", "users_select", "checkboxes", "radio_buttons",
    "datepicker", "timepicker", "conversations_select",
}  # fmt: skip


@method("views.open")
def open_view(world: World, params: Params) -> Answer:
    content = _content(params)
    trigger = params.text("trigger_id")
    known = world.views.triggers.get(trigger)
    if known is None:
        raise Refusal("exchanged_trigger_id" if trigger in world.views.used else "invalid_trigger_id")
    person, born = known
    if world.now() - born > TRIGGER_SECONDS:
        raise Refusal("expired_trigger_id")
    if content.get("external_id") and world.views.by_external(str(content["external_id"])):
        raise Refusal("duplicate_external_id")
    del world.views.triggers[trigger]
    world.views.used.add(trigger)
    view = View(world.new_id("V"), person, content, external_id=str(content.get("external_id", "")))
    world.views.open[view.id] = view
    return {"view": view.as_json()}


@method("views.update")
def update_view(world: World, params: Params) -> Answer:
    content = _content(params)
    if "external_id" in params:
        view = world.views.by_external(params.text("external_id"))
    else:
        view = world.views.open.get(params.text("view_id"))
    if view is None or not view.is_open:
        raise Refusal("not_found")
    if "hash" in params and params.text("hash") != view.hash:
        raise Refusal("hash_conflict")
    view.show(content)
    return {"view": view.as_json()}


@method("views.publish")
def publish_view(world: World, params: Params) -> Answer:
    content = _content(params, kind="home")
    person = world.person(params.text("user_id")).id
    home = world.views.homes.get(person)
    if home is None:
        home = world.views.homes[person] = View(world.new_id("V"), person, content)
    else:
        home.show(content)
    return {"view": home.as_json()}


def _content(params: Params, kind: str = "modal") -> dict[str, Any]:
    view = params.structure("view")
    if not isinstance(view, dict):
        raise Refusal("invalid_arguments")
    wrong = faults(view, kind)
    if wrong:
        raise Refusal("invalid_arguments", response_metadata={"messages": [f"[ERROR] {text}" for text in wrong]})
    if len(json.dumps(view)) > _LARGEST:
        raise Refusal("view_too_large")
    return view


def faults(view: dict[str, Any], kind: str = "modal") -> list[str]:
    """Every rule that a view breaks; empty when Slack would take it."""
    found = [f"type {view.get('type')}"] if view.get("type") != kind else []
    blocks = view.get("blocks")
    found += blockkit.faults(blocks, most=100)
    for name, most in (("callback_id", 255), ("private_metadata", 3000), ("external_id", 255)):
        if len(str(view.get(name, ""))) > most:
            found.append(name)
    if kind == "modal":
        found += [fault for name in ("title", "submit", "close") for fault in _plain(view, name, 24, name == "title")]
    inputs = [block for block in blocks or [] if isinstance(block, dict) and block.get("type") == "input"]
    if inputs and kind == "modal" and "submit" not in view:
        found.append("inputs without a submit")
    return found + [fault for block in inputs for fault in _input(block)]


def _plain(holder: dict[str, Any], name: str, most: int, required: bool = False) -> Iterator[str]:
    value = holder.get(name)
    if value is None:
        if required:
            yield f"{name} is missing"
        return
    if not isinstance(value, dict) or value.get("type") != "plain_text" or not value.get("text"):
        yield f"{name} is not plain_text"
    elif len(value["text"]) > most:
        yield f"{name} of {len(value['text'])} over {most}"


def _input(block: dict[str, Any]) -> Iterator[str]:
    yield from _plain(block, "label", 2000, True)
    yield from _plain(block, "hint", 2000)
    element = block.get("element") or {}
    if element.get("type") not in _ELEMENTS:
        yield f"element {element.get('type')}"
        return
    yield from _plain(element, "placeholder", 150)
    if element["type"] == "plain_text_input":
        most = element.get("max_length", 3000)
        if not 1 <= most <= 3000 or len(element.get("initial_value", "")) > most:
            yield "plain_text_input length"
    if element["type"] in ("static_select", "multi_static_select", "checkboxes", "radio_buttons"):
        yield from _options(element)


def _options(element: dict[str, Any]) -> Iterator[str]:
    groups = element.get("option_groups")
    if groups is not None and not 1 <= len(groups) <= 100:
        yield f"{len(groups)} groups"
    if (groups is None) == ("options" not in element):
        yield "options or option_groups"
        return
    most = 10 if element["type"] in ("checkboxes", "radio_buttons") else 100
    everything: list[dict[str, Any]] = []
    for group in groups if groups is not None else [{"options": element["options"]}]:
        if groups is not None:
            yield from _plain(group, "label", 75, True)
        if not 1 <= len(group["options"]) <= most:
            yield f"{len(group['options'])} options"
        everything += group["options"]
    for option in everything:
        yield from _plain(option, "text", 75, True) if option["text"]["type"] == "plain_text" else ()
        if not 1 <= len(option.get("value", "")) <= 150:
            yield "option value"
    values = [option["value"] for option in everything]
    if len(set(values)) != len(values):
        yield "option values repeat"
    chosen = [
        *element.get("initial_options", []),
        *([element["initial_option"]] if "initial_option" in element else []),
    ]
    if any(option not in everything for option in chosen):
        yield "initial option is none of the options"
