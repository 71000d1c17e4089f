"""Contact methods that are switched off and on from where they are: STOP from a phone, a browser that took it back."""

from accounts import audit
from accounts.actors import SYSTEM
from common import clock
from common.operations import operation
from oncall.models import ContactMethod


@operation
def switch_off(*, method: ContactMethod, reason: str) -> bool:
    """Use it no more, and say why on its person's page; its rules stay. False: it was off already.

    Nobody is asked whether they may: whoever holds the phone or the browser does not want it, or is not there.
    """
    still = ContactMethod.objects.filter(pk=method.pk, verified_at__isnull=False, removed_at__isnull=True)
    if not still.update(verified_at=None, off_reason=reason[:200], code_digest=""):
        return False
    after = {"kind": method.kind, "user": method.user_id, "reason": reason}
    audit.record(SYSTEM, "contact.off", "contact-method", method.pk, after=after)
    return True


@operation
def switch_on(*, method: ContactMethod) -> bool:
    """It is wanted again, said from the address itself. Only what was in use before; False: nothing was off."""
    off = ContactMethod.objects.filter(pk=method.pk, verified_at__isnull=True, removed_at__isnull=True)
    if not off.exclude(off_reason="").update(verified_at=clock.now(), off_reason=""):
        return False
    audit.record(SYSTEM, "contact.on", "contact-method", method.pk, after={"kind": method.kind, "user": method.user_id})
    return True
