"""Writing the catalogue of services; each change is audited."""

from typing import Any

from django.db.models import Q
from django.utils.text import slugify

from accounts import audit
from accounts.actors import Actor
from accounts.models import Team
from accounts.permissions import Right, require
from common.errors import Conflict, Invalid
from common.operations import operation
from oncall.models import EscalationPolicy, Service


@operation
def add_service(
    *,
    name: str,
    by: Actor,
    description: str = "",
    team: Team | None = None,
    policy: EscalationPolicy | None = None,
) -> Service:
    """Put a service into the catalogue.

    :raises Invalid: no name. :raises Conflict: the name is taken.
    """
    require(by, Right.ADMINISTER, "change the catalogue")
    clean, slug = _named(name)
    if Service.objects.filter(Q(slug=slug) | Q(name__iexact=clean)).exists():
        raise Conflict(f"There is a service “{clean}” already.", field="name")
    service = Service.objects.create(name=clean, slug=slug, description=description.strip(), team=team, policy=policy)
    audit.record(by, "service.made", "service", service.pk, after=_facts(service))
    return service


@operation
def change_service(*, service: Service, by: Actor, **values: Any) -> Service:
    """Change name, description, team or the policy it is paged by; the slug stays, links keep working.

    :raises Invalid: no name. :raises Conflict: the name is taken.
    """
    require(by, Right.ADMINISTER, "change the catalogue")
    before = _facts(service)
    if "name" in values:
        service.name, _ = _named(values["name"])
        if Service.objects.filter(name__iexact=service.name).exclude(pk=service.pk).exists():
            raise Conflict(f"There is a service “{service.name}” already.", field="name")
    if "description" in values:
        service.description = values["description"].strip()
    if "team" in values:
        service.team = values["team"]
    if "policy" in values:
        service.policy = values["policy"]
    service.save(update_fields=["name", "description", "team", "policy"])
    if before != _facts(service):
        audit.record(by, "service.changed", "service", service.pk, before=before, after=_facts(service))
    return service


def _named(name: str) -> tuple[str, str]:
    clean = " ".join(name.split())
    slug = slugify(clean)
    if not slug or len(clean) > 80:
        raise Invalid("A service's name has 1 to 80 characters, with a letter or digit among them.", field="name")
    return clean, slug


def _facts(service: Service) -> dict[str, Any]:
    return {
        "name": service.name,
        "description": service.description,
        "team": service.team_id,
        "policy": service.policy_id,
    }
