"""Will pages reach a person? Asked when their shift begins."""

from accounts.models import User
from connections.models import Delivery
from oncall.models import ContactMethod
from oncall.operations.reaching import methods_of
from oncall.ports import pagers


def findings(user: User) -> list[str]:
    """Return what stands in the way of pages, in words; nothing when they go out as far as we know."""
    labels = {pager.kind: pager.label for pager in pagers()}
    methods = list(methods_of(user).select_related("lane__connection"))
    usable = [method for method in methods if method.is_usable]
    found = []
    if not usable:
        found.append("No verified contact method: pages stand only in Warroom.")
    for method in methods:
        label = labels.get(method.kind, method.kind)
        if not method.is_usable:
            found.append(f"{label}: not verified.")
        elif method.kind not in labels or not method.lane.connection.is_on:
            found.append(f"{label}: nothing that is set up here reaches it.")
        elif why := _failing(method):
            found.append(f"{label}: the last page did not go out ({why}).")
    return found


def _failing(method: ContactMethod) -> str:
    """Why the last page to this method failed; empty when it went out, or none was sent."""
    last = Delivery.objects.filter(lane=method.lane_id, thing_kind="page").order_by("-pk").first()
    if last is None or (last.dead_at is None and not last.last_error):
        return ""
    return last.last_error[:120] or "given up"
