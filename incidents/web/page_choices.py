"""Whom one can page from a form: who that is at this moment, and by what they are reached, before anything is sent."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.models import Team, User
from common import clock
from oncall.models import ContactMethod, Schedule, Service
from oncall.ports import pager_of
from oncall.rules.escalation import Somebody, Target
from oncall.targets import PERSON, SCHEDULE, SERVICE, TEAM, everybody_at

Group = tuple[str, list[tuple[str, str]]]


class PageForm(forms.Form):
    """Who is asked, and in which words."""

    target = forms.ChoiceField(label="Whom?", help_text="Who it is now, and by what they are reached.")
    text = forms.CharField(
        max_length=500,
        required=False,
        label="What do you need from them?",
        widget=forms.TextInput(attrs={"placeholder": "The database is read-only, we need somebody who knows it"}),
    )
    can_wait = forms.BooleanField(required=False, label="It can wait: low urgency")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["target"].choices = [("", "Choose"), *choices()]  # type: ignore[attr-defined]

    def clean_target(self) -> Target:
        kind, _, pk = self.cleaned_data["target"].partition(":")
        return Target(kind, int(pk), _names()[kind, int(pk)])


def choices() -> list[Group]:
    """Everything that can be paged, with names and channels: a few queries for all of it."""
    targets = [Target(kind, pk, name) for (kind, pk), name in _names().items()]
    who, now = everybody_at(one for one in targets if one.kind != SERVICE), clock.now()
    people = {one: who(one, now) for one in targets if one.kind != SERVICE}
    told = _told({somebody.user for found in people.values() for somebody in found})
    by_kind: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for one in targets:
        said = one.name if one.kind == SERVICE else _line(one, people[one], told)
        by_kind[one.kind].append((f"{one.kind}:{one.id}", said))
    heads = ((SCHEDULE, "On call now"), (SERVICE, "By the policy of a service"), (TEAM, "Teams"), (PERSON, "People"))
    return [(head, by_kind[kind]) for kind, head in heads if by_kind[kind]]


def _names() -> dict[tuple[str, int], str]:
    rows = (
        (SCHEDULE, Schedule.objects.filter(archived_at__isnull=True)),
        (SERVICE, Service.objects.filter(policy__isnull=False)),
        (TEAM, Team.objects.all()),
        (PERSON, User.objects.filter(is_active=True)),
    )
    return {
        (kind, pk): name for kind, found in rows for pk, name in found.order_by("name", "pk").values_list("pk", "name")
    }


def _told(users: set[int]) -> dict[int, tuple[str, str]]:
    """Each person's name and channels."""
    methods: dict[int, list[str]] = defaultdict(list)
    rows = ContactMethod.objects.filter(user__in=users, verified_at__isnull=False, removed_at__isnull=True)
    for user, kind in rows.order_by("pk").values_list("user", "kind"):
        try:
            label = pager_of(kind).label
        except KeyError:
            continue
        if label not in methods[user]:
            methods[user].append(label)
    names = User.objects.filter(pk__in=users).values_list("pk", "name")
    return {pk: (name, ", ".join(methods[pk])) for pk, name in names}


def _line(target: Target, people: Sequence[Somebody], told: dict[int, tuple[str, str]]) -> str:
    """`Shop primary: Cleo (E-mail, Text message)`."""
    if not people:
        return f"{target.name}: nobody at this time"
    said = []
    for one in people:
        name, channels = told.get(one.user, ("", ""))
        reach = channels if one.reachable and channels else "can't be reached"
        said.append(f"({reach})" if target.kind == PERSON else f"{name} ({reach})")
    return f"{target.name}{' ' if target.kind == PERSON else ': '}{', '.join(said)}"
