"""What must hold of pages, each a query over rows."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import BigIntegerField, Exists, F, Max, OuterRef, Q, Subquery

from connections.models import Attempt, Delivery
from oncall.models import EscalationRun, Page
from oncall.operations.asking import THING
from oncall.refs import STAYS, UNCLEAR, WITHDRAWN

#: how much later than the answer something may still be handed over
_ON_ITS_WAY = timedelta(seconds=1)


def no_page_is_lost() -> Iterator[str]:
    """I3: what a rule has asked for is a delivery, and a run that nobody has answered goes on."""
    sends = Delivery.objects.filter(thing_kind=THING, thing_id=OuterRef("pk"))
    for page in Page.objects.filter(rules_used__gt=0).filter(~Exists(sends))[:20]:
        yield f"I3: page {page.pk} has used {page.rules_used} rules, and nothing was ever to be sent of it"
    asking = EscalationRun.objects.filter(ended_at__isnull=True, acked_at__isnull=True)
    for run in asking.filter(Q(due_at__isnull=True) | ~Q(state=EscalationRun.WAITING))[:20]:
        yield f"I3: run {run.pk} asks nobody any more, and nobody has answered"
    over = Page.objects.filter(status=Page.OPEN).filter(Q(run__ended_at__isnull=False) | Q(run__acked_at__isnull=False))
    for page in over[:20]:
        yield f"I3: page {page.pk} is open although its run is over"


def steps_run_in_order() -> Iterator[str]:
    """I4: nobody is asked for a step that comes later than the run is, or after a later one.

    Who could not be reached was not asked: their pages stand for levels that were passed over, and tried again.
    """
    asked = Page.objects.filter(rules_used__gt=0)
    for page in asked.filter(step__gt=F("run__step")).filter(run__due_at__isnull=True, run__acked_at=None)[:20]:
        yield f"I4: page {page.pk} is of step {page.step}, and its run {page.run_id} has not come so far"
    earlier = asked.filter(run=OuterRef("run"), pk__lt=OuterRef("pk"))
    latest = earlier.order_by().values("run").annotate(top=Max("step")).values("top")
    late = asked.annotate(top=Subquery(latest[:1], output_field=BigIntegerField())).filter(top__gt=F("step"))
    for page in late[:20]:
        yield f"I4: page {page.pk} of step {page.step} came after one of a later step"


def an_ack_wins() -> Iterator[str]:
    """I9: nothing of a page goes to a provider later than a second after its answer."""
    answered = Page.objects.filter(pk=OuterRef("delivery__thing_id"), answered_at__isnull=False)
    after = answered.filter(answered_at__lt=OuterRef("started_at") - _ON_ITS_WAY)
    sent = Attempt.objects.filter(ok=True, delivery__thing_kind=THING).exclude(outside_ref="")
    for mark in (WITHDRAWN, STAYS, UNCLEAR):
        sent = sent.exclude(outside_ref__startswith=mark)
    for attempt in sent.filter(Exists(after))[:20]:
        yield f"I9: attempt {attempt.pk} sent a page that was answered before"


def sent_was_sent() -> Iterator[str]:
    """I15: what says that it was sent has a try in which the provider took it."""
    took = Attempt.objects.filter(delivery=OuterRef("pk"), ok=True).exclude(outside_ref="")
    said = Delivery.objects.filter(thing_kind=THING).exclude(outside_ref="").filter(~Exists(took))
    # On its way at this moment: it is known that it was taken before its try is closed.
    open_tries = Attempt.objects.filter(delivery=OuterRef("pk"), ok__isnull=True)
    said = said.exclude(outside_ref__startswith=UNCLEAR).filter(~Exists(open_tries))
    # Tries are forgotten after some time; what they proved stays said.
    tried = Attempt.objects.filter(delivery=OuterRef("pk"))
    for delivery in said.filter(Exists(tried))[:20]:
        yield f"I15: delivery {delivery.pk} says that its page was sent, and no try of it was"


CHECKS = [no_page_is_lost, steps_run_in_order, an_ack_wins, sent_was_sent]
