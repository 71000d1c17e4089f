"""Watching paging from beside it: by its own thread in each process, by plain queries, without rows to work off.

What it finds stands on every page. People are told of it by a way that needs none of what may be broken: a mail
straight to the mail server, a call straight to WARROOM_ALARM_URL. As long as all is well, WARROOM_HEARTBEAT_URL is
called each minute: an outside monitor that misses the call knows that nobody here can tell.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import Q

from accounts.models import Role, User
from common import clock, outbound
from common.errors import PartnerTrouble
from common.pending import oldest_due_at
from oncall.models import Probe, SelfWatch
from oncall.rules.watching import Probed, Trouble, is_to_tell, judge

log = logging.getLogger(__name__)

_BEAT = timedelta(seconds=55)
_MOST_PEOPLE = 20
_MOST_ERROR = 300


@dataclass(frozen=True)
class Watched:
    """What there is to say of paging's health."""

    trouble: Trouble | None
    told_at: datetime | None = None
    told_error: str = ""
    beat_at: datetime | None = None
    beat_error: str = ""
    asked_at: datetime | None = None
    arrived_at: datetime | None = None

    @property
    def seconds(self) -> float | None:
        """How long the last test page that went through took."""
        if self.asked_at is None or self.arrived_at is None or self.arrived_at < self.asked_at:
            return None
        return (self.arrived_at - self.asked_at).total_seconds()


def look() -> Trouble | None:
    """Look once: write down what is wrong, tell who must know, or give the sign that all is well. Not in a transaction.

    Any number of processes may do this: each thing is done by the one whose update comes first.
    """
    now = clock.now()
    probe = Probe.objects.order_by("pk").first()
    probed = Probed(probe.asked_at, probe.arrived_at) if probe else Probed()
    trouble = judge(now, oldest_due_at(now), probed)
    row, _ = SelfWatch.objects.get_or_create(name="self")
    if trouble is None:
        if row.trouble:
            _over(row, now)
        _beat(row, now)
        return None
    if row.trouble != trouble.kind:
        rows = SelfWatch.objects.filter(pk=row.pk, trouble=row.trouble)
        # What began as one trouble and went on as another is one.
        since = row.since if row.trouble and row.since else trouble.since
        if rows.update(trouble=trouble.kind, since=since):
            log.warning("paging is in trouble: %s since %s", trouble.kind, since)
        row.refresh_from_db()
    if row.since is not None and is_to_tell(now, row.since, row.tried_at, row.told_at):
        _tell(row, now)
    return trouble


def watched() -> Watched:
    """What was found last."""
    row = SelfWatch.objects.order_by("pk").first() or SelfWatch()
    probe = Probe.objects.order_by("pk").first() or Probe()
    trouble = Trouble(row.trouble, row.since) if row.trouble and row.since else None
    return Watched(trouble, row.told_at, row.told_error, row.beat_at, row.beat_error, probe.asked_at, probe.arrived_at)


def said_of(trouble: Trouble) -> str:
    """In words, for every page and for who is told."""
    if trouble.kind == SelfWatch.PROBE:
        return f"Paging may be broken: the test page of {trouble.since:%H:%M}Z has not arrived."
    return f"Paging is delayed: what is due has waited since {trouble.since:%H:%M:%S}Z."


def ways_to_tell() -> list[str]:
    """In words, how people would be told of a trouble of paging."""
    ways = []
    if settings.ALARM_URL:
        ways.append("a call to WARROOM_ALARM_URL")
    if settings.EMAIL_URL:
        count = len(_people())
        ways.append(f"a mail to {count} {'address' if count == 1 else 'addresses'}")
    return ways


def _tell(row: SelfWatch, now: datetime) -> None:
    mine = SelfWatch.objects.filter(pk=row.pk, tried_at=row.tried_at).update(tried_at=now)
    if not mine or row.since is None:
        return
    text = said_of(Trouble(row.trouble, row.since))
    error = _send(f"Warroom: {text}", f"{text}\n\nLook at {settings.BASE_URL}/health, at the clock and at the workers.")
    fields = {"told_error": error[:_MOST_ERROR]} if error else {"told_error": "", "told_at": now}
    SelfWatch.objects.filter(pk=row.pk).update(**fields)


def _over(row: SelfWatch, now: datetime) -> None:
    if not SelfWatch.objects.filter(pk=row.pk, trouble=row.trouble, since=row.since).update(trouble="", since=None):
        return
    log.warning("paging is well again")
    if row.told_at is None or row.since is None or row.told_at < row.since:
        return
    minutes = max(1, round((now - row.since).total_seconds() / 60))
    text = f"Paging is well again, after {minutes} min."
    if error := _send(f"Warroom: {text}", f"{text}\n\n{settings.BASE_URL}/health"):
        SelfWatch.objects.filter(pk=row.pk).update(told_error=error[:_MOST_ERROR])


def _send(subject: str, text: str) -> str:
    """Tell people by every way there is; "" when one of them worked, else why none did."""
    ways: list[Callable[[], None]] = []
    if settings.ALARM_URL:
        ways.append(lambda: _call(settings.ALARM_URL, text))
    if settings.EMAIL_URL:
        ways.append(lambda: _mail(subject, text))
    if not ways:
        return "Nobody can be told: set EMAIL_URL or WARROOM_ALARM_URL."
    errors = []
    for way in ways:
        try:
            way()
        except (PartnerTrouble, OSError) as error:
            # smtplib's errors are OSErrors. The other way may work, and what failed is tried again in a minute.
            log.warning("people could not be told of paging's trouble: %s", error)
            errors.append(str(error) or type(error).__name__)
    return "" if len(errors) < len(ways) else " ".join(errors)


def _call(url: str, text: str) -> None:
    body = json.dumps({"text": text}).encode()
    answer = outbound.request("POST", url, headers={"content-type": "application/json"}, body=body, anywhere=True)
    if answer.status >= 300:
        raise PartnerTrouble(f"WARROOM_ALARM_URL answers {answer.status}.")


def _mail(subject: str, text: str) -> None:
    send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, _people())


def _people() -> list[str]:
    if settings.ALARM_EMAILS:
        return list(settings.ALARM_EMAILS)
    admins = User.objects.filter(role=Role.ADMIN, is_active=True)
    return list(admins.order_by("pk").values_list("email", flat=True)[:_MOST_PEOPLE])


def _beat(row: SelfWatch, now: datetime) -> None:
    if not settings.HEARTBEAT_URL or (row.beat_at is not None and now - row.beat_at < _BEAT):
        return
    was = Q(beat_at__isnull=True) if row.beat_at is None else Q(beat_at=row.beat_at)
    if not SelfWatch.objects.filter(was, pk=row.pk).update(beat_at=now):
        return
    error = ""
    try:
        answer = outbound.request("GET", settings.HEARTBEAT_URL, anywhere=True)
        if answer.status >= 300:
            error = f"WARROOM_HEARTBEAT_URL answers {answer.status}."
    except PartnerTrouble as trouble:
        error = str(trouble)
    if error != row.beat_error:
        SelfWatch.objects.filter(pk=row.pk).update(beat_error=error[:_MOST_ERROR])
