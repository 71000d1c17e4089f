"""What is of use for a short time only goes: reply addresses, forms that were open, what was whispered."""

from datetime import timedelta

from chatops.models import Heard, OpenForm, Telling, Whisper
from common import clock
from connections.models import Delivery, Lane

_AT_ONCE = 2000
_A_DAY = timedelta(days=1)
_FORMS = timedelta(days=7)
_WHISPERS = timedelta(days=30)


def forget_answer_lanes() -> int:
    """Reply addresses die after half an hour: remove lanes of answers whose command is older than a day; what was
    answered stays with the command."""
    old = Heard.objects.filter(at__lt=clock.now() - _A_DAY).values("pk")
    deliveries = Delivery.objects.filter(lane__kind="answer", thing_kind="heard", thing_id__in=old)
    lanes = list(deliveries.values_list("lane_id", flat=True)[:_AT_ONCE])
    return Lane.objects.filter(pk__in=lanes, kind="answer").delete()[0]


def forget_forms() -> int:
    """Remove forms that were opened more than a week ago, with their lanes; the lines they wrote stay as commands."""
    lanes = list(
        OpenForm.objects.filter(asked_at__lt=clock.now() - _FORMS).values_list("lane_id", flat=True)[:_AT_ONCE]
    )
    return Lane.objects.filter(pk__in=lanes, kind="form").delete()[0]


def forget_whispers() -> int:
    """Remove what was whispered more than thirty days ago."""
    old = list(Whisper.objects.filter(at__lt=clock.now() - _WHISPERS).values_list("pk", flat=True)[:_AT_ONCE])
    Delivery.objects.filter(thing_kind="whisper", thing_id__in=old).delete()
    return Whisper.objects.filter(pk__in=old).delete()[0]


def forget_tellings() -> int:
    """Remove updates that were told to their followers more than thirty days ago."""
    old = Telling.objects.filter(state=Telling.DONE, event__recorded_at__lt=clock.now() - _WHISPERS)
    return Telling.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:_AT_ONCE])).delete()[0]
