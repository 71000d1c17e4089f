"""What on call does when news arrives from below."""

from typing import Any

from django.db.models import Q

from accounts.actors import SYSTEM
from accounts.models import User
from accounts.news import ChatAccountLinked, PersonCame, PersonLeft
from common import clock
from common.errors import Refused
from common.news import listens
from oncall.models import Override, Page, ScheduleVersion, ShiftRequest
from oncall.operations.ending import stop_asking
from oncall.operations.overrides import end_override
from oncall.operations.reaching import give_methods
from oncall.operations.schedules import change_schedule
from oncall.operations.swaps import withdraw_request
from oncall.ports import subject_of


@listens(PersonCame)
def reach_newcomer(news: PersonCame) -> None:
    give_methods(user=User.objects.get(pk=news.user_id))


@listens(ChatAccountLinked)
def reach_in_chat(news: ChatAccountLinked) -> None:
    give_methods(user=User.objects.get(pk=news.user_id))


@listens(PersonLeft)
def ask_others(news: PersonLeft) -> None:
    """A person was deactivated: nobody waits for their answer to a page any more."""
    user = User.objects.get(pk=news.user_id)
    pages = Page.objects.filter(user=user, status=Page.OPEN).order_by("subject_kind", "subject_id")
    for kind, number in pages.values_list("subject_kind", "subject_id").distinct():
        subject_of(kind).lock(number)
        stop_asking(subject_kind=kind, subject_id=number, user=user)


@listens(PersonLeft)
def hand_over_shifts(news: PersonLeft) -> None:
    """A person was deactivated: the next of each layer has their turns, and their overrides end."""
    user = User.objects.get(pk=news.user_id)
    to_come = Override.objects.filter(user=user, cancelled_at__isnull=True, ends_at__gt=clock.now())
    for row in to_come.select_related("schedule").order_by("schedule_id", "pk"):
        if row.schedule.archived_at is None:
            end_override(slug=row.schedule.slug, override=row.pk, by=SYSTEM)
    give_back_requests(user)
    in_force = ScheduleVersion.objects.filter(superseded_at__isnull=True, schedule__archived_at__isnull=True)
    for version in in_force.select_related("schedule").order_by("schedule_id"):
        layers = [without(layer, str(user.pk)) for layer in version.layers]
        if layers != version.layers:
            change_schedule(slug=version.schedule.slug, layers=[each for each in layers if each], by=SYSTEM)


def give_back_requests(user: User) -> None:
    """What they asked for, were asked for or took is over; what they took and nobody has from them goes back."""
    theirs = Q(asked_by=user) | Q(asked_of=user) | Q(taken_by=user)
    live = Q(status=ShiftRequest.OPEN) | Q(status=ShiftRequest.TAKEN, taken_by=user, ends_at__gt=clock.now())
    for row in ShiftRequest.objects.filter(theirs & live).order_by("-pk"):
        try:
            withdraw_request(number=row.pk, by=SYSTEM)
        except Refused:
            # It was passed on already, or its schedule is out of use.
            continue


def without(layer: dict[str, Any], user: str) -> dict[str, Any]:
    """Return a layer that goes on without a person; {} when nobody is left, so that it is a gap and no decision.

    A group that was only them goes; one that was empty on purpose stays.
    """
    groups = []
    for group in layer["participants"]:
        rest = [each for each in group if each != user]
        if rest or not group:
            groups.append(rest)
    if groups == layer["participants"]:
        return layer
    if not any(groups):
        return {}
    anchor = layer.get("anchor")
    if anchor and anchor["group"] >= len(groups):
        # The saving of the change says anew who has the turn; the place only has to be one.
        layer = {**layer, "anchor": {**anchor, "group": 0}}
    return {**layer, "participants": groups}
