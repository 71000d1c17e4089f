"""What Slack told us and nobody has used for long goes: whoever comes again is asked for anew."""

from datetime import timedelta

from common import clock
from integrations.slack.models import Fact

_AT_ONCE = 2000
#: what is used is asked for again each day, so this has not been used for about as long
_UNUSED = timedelta(days=30)


def forget_facts() -> int:
    """Remove what was learned more than thirty days ago and not again since. Who we are stays, and so does what is
    being asked for or waited for."""
    old = Fact.objects.filter(learned_at__lt=clock.now() - _UNUSED, due_at__isnull=True, waiting__isnull=True)
    rows = list(old.exclude(about=Fact.SELF).values_list("pk", flat=True)[:_AT_ONCE])
    return Fact.objects.filter(pk__in=rows, due_at__isnull=True, waiting__isnull=True).delete()[0]
