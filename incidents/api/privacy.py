"""Telling the packages below which incidents, and which alert groups, a person must not learn of."""

from typing import Any

from django.db.models import QuerySet

from accounts.api.idempotency import say_who_may_see_again
from accounts.models import User
from alerts.api.access import say_which_groups_are_hidden
from connections.api.access import say_what_is_hidden
from incidents.models import Incident, IncidentAlert, Member


def hidden_incidents(user: User) -> "QuerySet[Any]":
    """Numbers of the private incidents that the person is not a member of."""
    mine = Member.objects.filter(user=user, left_at__isnull=True).values("incident_id")
    return Incident.objects.filter(is_private=True).exclude(pk__in=mine).values("pk")


def hidden_groups(user: User) -> "QuerySet[Any]":
    """Alert groups that belong, or belonged, to such an incident."""
    return IncidentAlert.objects.filter(incident_id__in=hidden_incidents(user)).values("group_id")


def may_see_again(user: User, numbers: set[int]) -> bool:
    """Tell whether the person sees each of these that is there."""
    return not Incident.objects.filter(pk__in=numbers).exclude(pk__in=Incident.objects.visible_to(user)).exists()


def tell() -> None:
    """Register them (called where the addresses are read)."""
    say_what_is_hidden(hidden_incidents)
    say_which_groups_are_hidden(hidden_groups)
    say_who_may_see_again(may_see_again)
