"""A dialog as a Slack view, within Slack's limits whatever it holds; and what comes back from it.

Limits: docs.slack.dev/reference/views and docs.slack.dev/reference/block-kit. A select takes 100 options, or
100 groups of 100: many options are shown in groups named by their first and last.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from chatops.dialogs import Dialog, Input, Kind, Option
from chatops.port import Card
from integrations.slack.blocks import Block, button_row, card_blocks, cut_line, plain_text
from integrations.slack.mrkdwn import to_mrkdwn

#: what our forms call themselves when they come back
FORM = "form"
#: marks a view that we know by its external id
EXTERNAL = "external:"
_VALUE = "value"
_TITLE, _SUBMIT, _SECTION = 24, 24, 3000
_LABEL, _HINT, _PLACEHOLDER = 2000, 2000, 150
_OPTION, _OPTION_VALUE, _OPTIONS, _GROUPS = 75, 150, 100, 10
_LONGEST_TEXT = 3000
_BOXES = 3
_MOST_BLOCKS = 100


def view_of(dialog: Dialog) -> dict[str, Any]:
    """The view that shows a dialog."""
    blocks: list[Block] = []
    if dialog.text.strip():
        blocks.append(_section(dialog.text))
    blocks += [_input(field) for field in dialog.inputs if _can_stand(field)]
    blocks += button_row(dialog.buttons)
    view: dict[str, Any] = {
        "type": "modal",
        "callback_id": FORM,
        "private_metadata": dialog.token,
        "title": plain_text(cut_line(dialog.title, _TITLE) or "Form"),
        "close": plain_text("Cancel" if dialog.submit else "Close"),
        "blocks": blocks or [_section("Nothing to show.")],
    }
    if dialog.submit:
        view["submit"] = plain_text(cut_line(dialog.submit, _SUBMIT))
    return view


def home_of(cards: Sequence[Card]) -> dict[str, Any]:
    """The home that shows these cards one below the other."""
    blocks: list[Block] = []
    for card in cards:
        if card.title and blocks:
            blocks.append({"type": "divider"})
        blocks += card_blocks(card)
    return {"type": "home", "callback_id": "home", "blocks": blocks[:_MOST_BLOCKS]}


def working_view(view: Mapping[str, Any], external_id: str) -> dict[str, Any]:
    """What stands in front of the person while the form is worked.

    Its external id is our name for it: by that the result finds it, whether or not Slack has shown it yet.
    """
    title = view.get("title")
    name = title.get("text") if isinstance(title, Mapping) else ""
    return {
        "type": "modal",
        "callback_id": FORM,
        "private_metadata": str(view.get("private_metadata", ""))[:3000],
        "external_id": external_id,
        "title": plain_text(cut_line(str(name or ""), _TITLE) or "Form"),
        "close": plain_text("Close"),
        "blocks": [_section("Working on it…")],
    }


def values_of(state: Mapping[str, Any]) -> dict[str, list[str]]:
    """What was filled in, by the names of the inputs. Whatever is of another shape is left out."""
    found: dict[str, list[str]] = {}
    for name, actions in state.items():
        action = actions.get(_VALUE) if isinstance(actions, Mapping) else None
        if isinstance(action, Mapping):
            found[str(name)[:60]] = [value[:_LONGEST_TEXT] for value in _chosen(action) if isinstance(value, str)]
    return found


def _chosen(action: Mapping[str, Any]) -> list[Any]:
    if isinstance(action.get("selected_options"), list):
        return [option.get("value") for option in action["selected_options"] if isinstance(option, Mapping)]
    if isinstance(action.get("selected_option"), Mapping):
        return [action["selected_option"].get("value")]
    return [action[key] for key in ("selected_user", "value") if action.get(key)]


def _section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": to_mrkdwn(text, _SECTION) or "–"}}


def _can_stand(field: Input) -> bool:
    """A choice without anything to choose would be refused together with the whole view."""
    return field.kind not in (Kind.CHOICE, Kind.CHOICES) or bool(field.options)


def _input(field: Input) -> Block:
    block: Block = {
        "type": "input",
        "block_id": field.name,
        "label": plain_text(cut_line(field.label, _LABEL)),
        "optional": not field.required,
        "element": {"action_id": _VALUE, **_ELEMENTS[field.kind](field)},
    }
    if field.placeholder and block["element"]["type"] != "checkboxes":
        block["element"]["placeholder"] = plain_text(cut_line(field.placeholder, _PLACEHOLDER))
    if field.hint:
        block["hint"] = plain_text(cut_line(field.hint, _HINT))
    return block


def _text(field: Input) -> Block:
    most = min(field.most or _LONGEST_TEXT, _LONGEST_TEXT)
    element: Block = {"type": "plain_text_input", "multiline": field.kind is Kind.TEXT, "max_length": most}
    initial = "\n".join(field.initial).encode("utf-8", "replace").decode()
    if initial:
        # As Slack counts (UTF-16), and not in the middle of a character.
        element["initial_value"] = initial.encode("utf-16-le")[: most * 2].decode("utf-16-le", "ignore")
    if field.required:
        element["min_length"] = 1
    return element


def _choice(field: Input) -> Block:
    options = _options(field.options)
    element: Block = {"type": "static_select", **_offered(options)}
    chosen = [option for option in options if option["value"] in field.initial]
    if chosen:
        element["initial_option"] = chosen[0]
    return element


def _choices(field: Input) -> Block:
    """A few are boxes to tick, many a list to choose from."""
    options = _options(field.options)
    element: Block = {"type": "multi_static_select", **_offered(options)}
    if len(options) <= _BOXES:
        element = {"type": "checkboxes", "options": options}
    chosen = [option for option in options if option["value"] in field.initial]
    if chosen:
        element["initial_options"] = chosen
    return element


def _person(field: Input) -> Block:
    return {"type": "users_select", **({"initial_user": field.initial[0]} if field.initial else {})}


def _options(options: Sequence[Option]) -> list[Block]:
    """Each value once: Slack refuses repeats, and long ones."""
    kept = {option.value: option for option in options if 0 < len(option.value) <= _OPTION_VALUE}
    return [
        {"text": plain_text(cut_line(option.label, _OPTION) or value), "value": value}
        for value, option in list(kept.items())[: _OPTIONS * _GROUPS]
    ]


def _offered(options: Sequence[Block]) -> Block:
    if len(options) <= _OPTIONS:
        return {"options": list(options)}
    groups = [options[start : start + _OPTIONS] for start in range(0, len(options), _OPTIONS)]
    return {"option_groups": [{"label": plain_text(_span(group)), "options": list(group)} for group in groups]}


def _span(group: Sequence[Block]) -> str:
    first, last = (cut_line(str(option["text"]["text"]), 30) for option in (group[0], group[-1]))
    return f"{first} – {last}"


_ELEMENTS = {
    Kind.LINE: _text,
    Kind.TEXT: _text,
    Kind.CHOICE: _choice,
    Kind.CHOICES: _choices,
    Kind.PERSON: _person,
}
