"""Block Kit's limits, checked as Slack checks them (docs.slack.dev/reference/block-kit).

Written apart from the product's own drawing, so that one proves the other.
"""

from collections.abc import Iterator
from typing import Any

_KNOWN = {"section", "header", "actions", "context", "divider", "image", "input", "rich_text", "markdown", "table"}
_STYLES = {None, "primary", "danger"}


def faults(blocks: Any, *, most: int = 50) -> list[str]:
    """Every rule these blocks break; empty when Slack would take them."""
    if not isinstance(blocks, list):
        return ["blocks is no list"]
    found = [f"{len(blocks)} blocks"] if len(blocks) > most else []
    ids: set[str] = set()
    for place, block in enumerate(blocks):
        found += [f"/blocks/{place} {fault}" for fault in _block(block, ids)]
    return found


def _block(block: Any, ids: set[str]) -> Iterator[str]:
    if not isinstance(block, dict) or block.get("type") not in _KNOWN:
        yield "unknown type"
        return
    block_id = block.get("block_id")
    if block_id is not None:
        if block_id in ids or len(block_id) > 255:
            yield "block_id"
        ids.add(block_id)
    check = {"section": _section, "header": _header, "actions": _actions, "context": _context}.get(block["type"])
    if check:
        yield from check(block)


def _section(block: dict[str, Any]) -> Iterator[str]:
    if "text" not in block and "fields" not in block:
        yield "section without text and fields"
    if "text" in block:
        yield from _text(block["text"], 3000)
    fields = block.get("fields", [])
    if len(fields) > 10 or ("fields" in block and not fields):
        yield f"{len(fields)} fields"
    for value in fields:
        yield from _text(value, 2000)


def _header(block: dict[str, Any]) -> Iterator[str]:
    if block.get("text", {}).get("type") != "plain_text":
        yield "header is not plain_text"
    yield from _text(block.get("text"), 150)


def _context(block: dict[str, Any]) -> Iterator[str]:
    elements = block.get("elements", [])
    if not 1 <= len(elements) <= 10:
        yield f"{len(elements)} elements"
    for element in elements:
        if element.get("type") != "image":
            yield from _text(element, 3000)


def _actions(block: dict[str, Any]) -> Iterator[str]:
    elements = block.get("elements", [])
    if not 1 <= len(elements) <= 25:
        yield f"{len(elements)} elements"
    ids = [element.get("action_id") for element in elements if element.get("action_id")]
    if len(set(ids)) != len(ids):
        yield "action_id already exists"
    for element in elements:
        if element.get("type") == "button":
            yield from _button(element)


def _button(button: dict[str, Any]) -> Iterator[str]:
    if button.get("text", {}).get("type") != "plain_text":
        yield "button label is not plain_text"
    yield from _text(button.get("text"), 75)
    if len(button.get("value", "")) > 2000:
        yield "button value"
    if len(button.get("url", "")) > 3000 or len(button.get("action_id", "")) > 255:
        yield "button url or action_id"
    if "url" in button and not button["url"].startswith(("http://", "https://", "mailto:")):
        yield "button url"
    if button.get("style") not in _STYLES:
        yield "button style"


def _text(value: Any, most: int) -> Iterator[str]:
    if not isinstance(value, dict) or value.get("type") not in ("plain_text", "mrkdwn"):
        yield "no text object"
        return
    text = value.get("text")
    if not isinstance(text, str) or not text:
        yield "empty text"
    elif len(text) > most:
        yield f"text of {len(text)} over {most}"
