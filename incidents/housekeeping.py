"""What is cleaned up of incidents: files that were uploaded and never said."""

from datetime import timedelta

from common import clock
from incidents.files import discard
from incidents.models import Attachment

_UNSAID = timedelta(days=1)
_AT_ONCE = 200


def forget_unsaid_files() -> int:
    """Take away files whose line did not come within a day; returns how many.

    The row goes first: bytes that stay because the store is away are named in the log, a row without bytes
    would be a broken file in somebody's hands.
    """
    rows = list(Attachment.objects.filter(event__isnull=True, created_at__lt=clock.now() - _UNSAID)[:_AT_ONCE])
    gone = 0
    for row in rows:
        if Attachment.objects.filter(pk=row.pk, event__isnull=True).delete()[0]:
            discard(row)
            gone += 1
    return gone
