"""What a shift is called where people type it: `shop-primary:primary:12`, the turn of a layer. It never changes."""

import re

from django.utils.text import slugify

from common.errors import Invalid, NotFound
from oncall.models import Schedule

_REF = re.compile(r"([\w-]{1,80}):([\w-]{0,200}):(-?\d{1,9})")


def ref_of(schedule: Schedule, layer: str, turn: int) -> str:
    """Return what people type for a turn of a layer."""
    return f"{schedule.slug}:{slugify(layer) or '-'}:{turn}"


def read_ref(text: str, field: str = "shift") -> tuple[Schedule, str, int]:
    """Return the schedule, layer and turn that are meant.

    :raises Invalid: it is no name of a shift. :raises NotFound: there is no such schedule or layer.
    """
    found = _REF.fullmatch(text.strip())
    if found is None:
        raise Invalid(f"“{text[:60]}” names no shift. Write it as in shop-primary:primary:12.", field=field)
    schedule = Schedule.objects.filter(slug=found[1], archived_at__isnull=True).first()
    if schedule is None:
        raise NotFound(f"There is no schedule “{found[1]}”.", field=field)
    version = schedule.versions.get(superseded_at__isnull=True)
    names = [str(layer["name"]) for layer in version.layers]
    layer = next((name for name in names if (slugify(name) or "-") == found[2]), None)
    if layer is None:
        raise NotFound(f"{schedule.name} has no rotation “{found[2]}”.", field=field)
    return schedule, layer, int(found[3])
