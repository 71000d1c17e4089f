"""Reply addresses die after half an hour: their lanes go after a day."""

from datetime import timedelta

from chatops.models import Heard
from common import clock
from connections.models import Delivery, Lane

_AT_ONCE = 2000


def forget_answer_lanes() -> int:
    """Remove lanes of answers whose command is older than a day; what was answered stays with the command."""
    old = Heard.objects.filter(at__lt=clock.now() - timedelta(days=1)).values("pk")
    deliveries = Delivery.objects.filter(lane__kind="answer", thing_kind="heard", thing_id__in=old)
    lanes = list(deliveries.values_list("lane_id", flat=True)[:_AT_ONCE])
    return Lane.objects.filter(pk__in=lanes, kind="answer").delete()[0]
