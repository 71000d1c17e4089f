"""The entries of a message's menu, as the typed lines that they stand for."""

from chatops.grammar.tokens import quoted
from chatops.hear import target_of
from chatops.rooms import incident_of_channel
from connections.models import Connection
from integrations.slack.app_manifest import DECLARE_FROM, FOLLOWUP_ADD, TASK_ADD
from integrations.slack.values import Chosen

_LONGEST = 500


def menu_line(connection: Connection, chosen: Chosen) -> str:
    """The line that opens the form of an entry, with what the message says in it."""
    said = chosen.text.strip()
    if chosen.entry == DECLARE_FROM:
        first = said.splitlines()[0][:200] if said else ""
        return f"/incident create --form --summary={quoted(said)} {quoted(first)}".strip()
    short = quoted(" ".join(said.split())[:_LONGEST])
    group = {TASK_ADD: "task", FOLLOWUP_ADD: "followup"}.get(chosen.entry)
    if group is None:
        return f"/incident note --form {quoted(said)}"
    origin = _line_of(connection, chosen)
    return f"/incident {group} add --form{f' --from={origin}' if origin else ''} {short}"


def _line_of(connection: Connection, chosen: Chosen) -> int | None:
    """The number of the message's line in the incident that the channel stands for now.

    After a merge that is another incident than the one in which the line was said; its numbers mean other lines.
    """
    incident = incident_of_channel(connection, chosen.place.channel)
    event = target_of(connection, chosen.place.channel, chosen.place.outside_id)
    return event.sequence if event is not None and event.incident == incident else None
