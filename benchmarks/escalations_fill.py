"""So many people with mail, an incident and an escalation each, all due at one second; prints what became of them."""

import sys
import time
from datetime import timedelta

import django

django.setup()

from django.db.models import F  # noqa: E402

from accounts.models import User  # noqa: E402
from common import clock  # noqa: E402
from connections.models import Attempt, Connection, Lane  # noqa: E402
from incidents.models import Incident  # noqa: E402
from oncall.models import PAGER_LANE, ContactMethod, EscalationRun, NotificationRule, Page  # noqa: E402
from oncall.plan_rows import kept, plan_of_targets  # noqa: E402
from oncall.targets import of_person  # noqa: E402


def fill(many: int, seconds: float) -> None:
    """Rows as the operations leave them, with the next level due in so many seconds."""
    mail = Connection.objects.get(kind="email")
    now = clock.now()
    names = [f"person{number:05}" for number in range(many)]
    User.objects.bulk_create(User(email=f"{name}@example.com", name=name, handle=name) for name in names)
    users = list(User.objects.filter(handle__startswith="person").order_by("handle"))
    lanes = Lane.objects.bulk_create(Lane(connection=mail, kind=PAGER_LANE, key=f"bench:{user.pk}") for user in users)
    methods = ContactMethod.objects.bulk_create(
        ContactMethod(user=user, kind="email", address=user.email, lane=lane, verified_at=now)
        for user, lane in zip(users, lanes, strict=True)
    )
    NotificationRule.objects.bulk_create(NotificationRule(user=one.user, method=one) for one in methods)
    numbers = Incident.objects.bulk_create(
        Incident(title=f"Trouble {number}", severity=3, declared_at=now) for number in range(many)
    )
    due = clock.now() + timedelta(seconds=seconds)
    EscalationRun.objects.bulk_create(
        EscalationRun(
            subject_kind="incident",
            subject_id=incident.pk,
            plan=kept(plan_of_targets([of_person(user)], wait=timedelta(minutes=30), repeats=0)),
            started_at=due,
            due_at=due,
        )
        for user, incident in zip(users, numbers, strict=True)
    )
    print(due.timestamp())


def wait(many: int, due: float, most: float) -> None:
    """Wait until each has been handed over; prints how late its step was and how long it took, in seconds."""
    end = time.monotonic() + most
    sent = Attempt.objects.filter(delivery__thing_kind="page", ok=True).exclude(outside_ref="")
    while time.monotonic() < end and sent.count() < many:
        time.sleep(0.5)
    asked = [at.timestamp() - due for at in Page.objects.values_list("created_at", flat=True)]
    handed = [at.timestamp() - due for at in sent.values_list("ended_at", flat=True) if at]
    again = Attempt.objects.filter(delivery__thing_kind="page").exclude(pk__in=sent).count()
    waiting = EscalationRun.objects.filter(step=F("step"), pages__isnull=True).count()
    print(
        "\t".join([",".join(f"{one:.3f}" for one in found) for found in (asked, handed)] + [str(again), str(waiting)])
    )


if sys.argv[1] == "fill":
    fill(int(sys.argv[2]), float(sys.argv[3]))
else:
    wait(int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4]))
