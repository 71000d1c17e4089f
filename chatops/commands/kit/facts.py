"""The five facts of an incident, in the order that every surface keeps."""

from chatops.commands.kit.answers import age, clock_of
from chatops.context import Context
from chatops.replies import plain
from incidents.models import Incident
from incidents.queries import commander_of


def headline(incident: Incident) -> str:
    """`#142 SEV1 · fixing · Checkout 5xx`."""
    private = " · private" if incident.is_private else ""
    return f"#{incident.pk} {incident.sev} · {incident.status} · {plain(incident.display_title)}{private}"


def list_line(incident: Incident) -> str:
    """One line of a list, with the lead and the age."""
    lead = commander_of(incident)
    services = ", ".join(plain(service.name) for service in incident.services.all())
    parts = [headline(incident), *([services] if services else [])]
    parts += [f"lead {plain(lead.name)}" if lead else "no lead", age(incident.started_at or incident.declared_at)]
    return "- " + " · ".join(parts)


def five_facts(context: Context, incident: Incident) -> str:
    """What broke and how bad, since when, who leads, the theory, what is next."""
    lead = commander_of(incident)
    start = incident.started_at or incident.declared_at
    lines = [
        f"**{headline(incident)}**" + (f"\nImpact: {incident.impact}" if incident.impact else ""),
        f"Since {clock_of(context, start)} ({age(start)})",
        f"Lead: {plain(lead.name)}" if lead else "Lead: nobody yet",
        f"Now: {incident.now_text or 'not said yet'}",
        f"Doing: {incident.doing_text or 'not said yet'}"
        + (f"\nNeed: {incident.need_text}" if incident.need_text else ""),
    ]
    if incident.merged_into_id:
        lines.append(f"Merged into #{incident.merged_into_id}; work goes on there.")
    return "\n".join(lines)
