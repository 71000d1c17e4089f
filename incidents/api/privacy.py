"""Telling the packages below which incidents, and which alert groups, a person must not learn of."""

from typing import Any

from django.db.models import QuerySet

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


def tell() -> None:
    """Register both (called where the addresses are read)."""
    say_what_is_hidden(hidden_incidents)
    say_which_groups_are_hidden(hidden_groups)
