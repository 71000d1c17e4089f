"""Pages, and how people are reached."""

from typing import Any

from accounts.models import User
from connections.models import Connection
from oncall.models import ContactMethod, EscalationRun, Page
from oncall.operations.reaching import give_methods
from tests.factories.outside import make_connection


def make_mail(url: str = "memorymail://") -> Connection:
    """Mail, as the environment sets it up; without a server it stays in `django.core.mail.outbox`."""
    return make_connection("email", secrets={"url": url}, from_environment=True)


def make_page(user: User, subject_id: int = 1, **fields: Any) -> Page:
    """A page about an incident, of a run that asks nobody else."""
    nobody_else = {"levels": [], "repeats": 0, "catch_all": []}
    run = EscalationRun.objects.create(subject_kind="incident", subject_id=subject_id, plan=nobody_else)
    fields = {"subject_kind": "incident", "reason": "on call on Shop primary", "run": run, **fields}
    return Page.objects.create(user=user, subject_id=subject_id, **fields)


def reach(user: User, kind: str = "email") -> ContactMethod:
    """The contact method of a kind that everybody is given."""
    give_methods(user=user)
    return ContactMethod.objects.get(user=user, kind=kind)
