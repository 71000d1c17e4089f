"""The test page: every few minutes a machine of ours is paged, by a run like any other. Nobody is reached by it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings

from accounts.actors import SYSTEM, Actor
from accounts.models import User
from common import clock
from common.operations import operation
from connections.models import Connection, Delivery
from oncall.models import ContactMethod, EscalationRun, NotificationRule, Page, Probe, Urgency
from oncall.operations.asking import THING
from oncall.operations.ending import end_runs
from oncall.operations.escalating import begin
from oncall.operations.paging import acknowledge
from oncall.operations.reaching import make_method
from oncall.plan_rows import plan_of_targets
from oncall.ports import Facts, pager_of
from oncall.rules.escalation import Target
from oncall.rules.watching import PATIENCE
from oncall.targets import PERSON

if TYPE_CHECKING:
    from django.db.models import QuerySet

#: the kind of subject, and the kind of pager that takes its pages
KIND, PAGER = "probe", "selftest"
_ADDRESS = "here"
_EMAIL = "test-pager@warroom.invalid"
_KEPT = timedelta(days=1)
_WAIT = timedelta(minutes=5)
#: how soon it is looked whether there is a test pager now
_LOOK_AGAIN = timedelta(minutes=5)


class ProbeSubject:
    """What paging asks of a test page: it has no story, and nobody but our machine sees it."""

    def lock(self, subject_id: int) -> Probe:
        return Probe.objects.select_for_update(no_key=True).get(pk=subject_id)

    def facts(self, subject_id: int, for_user: User | None) -> Facts:
        return Facts(title="Test page", url=f"{settings.BASE_URL}/health")

    def may_see(self, subject_id: int, user: User) -> bool:
        return user.is_machine

    def require_page(self, subject_id: int, by: Actor) -> None:
        """Only we ask for it."""

    def let_in(self, subject_id: int, user: User) -> None:
        """There is nothing to be let into."""

    def tell(self, subject_id: int, kind: str, by: Actor, data: dict[str, Any], *, once: str = "") -> None:
        """It has no story: its rows are the record."""

    def titles(self, subject_ids: Iterable[int], for_user: User | None) -> dict[int, tuple[str, str]]:
        return {}

    def heard_at(self, subject_id: int, user: User) -> datetime | None:
        return None

    def visible_ids(self, user: User | None) -> "QuerySet[Any]":
        return Probe.objects.none().values("pk")

    def incident_number(self, subject_id: int) -> int | None:
        return None


def go_on(probe: Probe) -> None:
    """The clock's turn: ask for a test page, or look what became of the one that is out. Told to nobody.

    A first look comes soon after it was asked, so that a machine that has its page answers it; a page that comes later
    than that has arrived all the same.
    """
    page = _asked(probe)
    if page is not None and _has_arrived(probe) and page.status == Page.OPEN:
        acknowledge(page=page, by=Actor.person(page.user, KIND))
    now, every = clock.now(), settings.TEST_PAGE_EVERY
    if probe.asked_at is not None and now - probe.asked_at < every:
        probe.again(error="", at=probe.asked_at + every, count=False, attempts=0)
        return
    missed = 0 if probe.asked_at is None or _has_arrived(probe) else probe.missed + 1
    if not _ask(probe.pk):
        # There is no test pager, or it is switched off: nothing is watched by it, and nothing is missed.
        probe.again(error="", at=now + _LOOK_AGAIN, count=False, attempts=0, asked_at=None, missed=0)
        return
    probe.again(error="", at=now + PATIENCE, count=False, attempts=0, missed=missed)


def _asked(probe: Probe) -> Page | None:
    pages = Page.objects.filter(subject_kind=KIND, subject_id=probe.pk).select_related("user")
    return pages.order_by("-pk").first()


def _has_arrived(probe: Probe) -> bool:
    return probe.arrived_at is not None and probe.asked_at is not None and probe.arrived_at >= probe.asked_at


@operation
def _ask(pk: int) -> bool:
    """End what is left of the one before, and ask anew; False where no test pager is on."""
    subject = ProbeSubject()
    subject.lock(pk)
    end_runs(subject_kind=KIND, subject_id=pk, why="the next one goes")
    connection = pager_of(PAGER).connection_of(_ADDRESS) if settings.TEST_PAGE_EVERY and _is_installed() else None
    if connection is None:
        return False
    user = _machine(connection)
    Probe.objects.filter(pk=pk).update(asked_at=clock.now())
    plan = plan_of_targets([Target(PERSON, user.pk, user.name)], wait=_WAIT, repeats=0)
    begin(subject, KIND, pk, plan, SYSTEM, Urgency.HIGH, reason="a test of paging")
    return True


def _is_installed() -> bool:
    try:
        pager_of(PAGER)
    except KeyError:
        return False
    return True


def _machine(connection: Connection) -> User:
    """Whom a test page asks: a machine of ours, with one way to reach it."""
    made = {"name": "Test pager", "handle": "test-pager", "password": "!", "role": "viewer"}
    user, _ = User.everyone.get_or_create(email=_EMAIL, is_machine=True, defaults=made)
    method = ContactMethod.objects.filter(user=user, kind=PAGER, removed_at__isnull=True).first()
    if method is None:
        method = make_method(user, PAGER, _ADDRESS, connection)
        method.verified_at = clock.now()
        method.save(update_fields=["verified_at"])
        NotificationRule.objects.create(user=user, urgency=Urgency.HIGH, method=method)
    return user


def arrived(*, page: Page) -> None:
    """A test page has come to the end of its way."""
    Probe.objects.filter(pk=page.subject_id).update(arrived_at=clock.now(), missed=0)


def last_probe() -> str:
    """In words, what became of the last test page."""
    probe = Probe.objects.order_by("pk").first()
    if probe is None or probe.asked_at is None:
        return "No test page has gone yet. The first goes within five minutes of the start."
    if not _has_arrived(probe):
        return f"The test page of {probe.asked_at:%H:%M:%S}Z has not arrived yet."
    assert probe.arrived_at is not None
    seconds = (probe.arrived_at - probe.asked_at).total_seconds()
    return f"The test page of {probe.asked_at:%H:%M:%S}Z went through in {max(0.0, seconds):.1f} s."


def forget_probes() -> int:
    """Forget test pages after a day; returns how many."""
    old = EscalationRun.objects.filter(subject_kind=KIND, ended_at__lt=clock.now() - _KEPT)
    pages = list(Page.objects.filter(run__in=old).order_by("pk").values_list("pk", flat=True)[:500])
    Delivery.objects.filter(thing_kind=THING, thing_id__in=pages).delete()
    return EscalationRun.objects.filter(pages__in=pages).delete()[0]
