"""How a person is reached: each changes their own methods and rules, and nobody else does."""

import secrets
from datetime import timedelta

from django.conf import settings
from django.core.cache import cache
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts import audit
from accounts.actors import Actor
from accounts.models import User
from common import clock
from common.errors import Conflict, Invalid, NotAllowed, NotFound, PartnerTrouble, Unavailable
from common.operations import operation
from oncall.models import ContactMethod, NotificationRule, Urgency
from oncall.operations import reaching
from oncall.ports import PagerPort, pager_of, pagers
from oncall.queries import shifts_of

CODE_MINUTES, MOST_TRIES = 10, 10
MOST_METHODS, MOST_RULES, MOST_MINUTES = 20, reaching.MOST_RULES, 1440
#: codes and tests that one person may have sent in an hour: addresses may be anybody's
_MOST_SENDS = 12


# --- contact methods ------------------------------------------------------------------------------


@operation
def add_method(*, kind: str, address: str, by: Actor) -> ContactMethod:
    """Enter an address of one's own. It is not used before it is verified: ask `send_code` for a code.

    :raises Invalid: naming what is wrong. :raises Conflict: it is there already, or there are too many.
    :raises Unavailable: nothing that is set up here reaches it.
    """
    user = _self(by)
    pager = _pager(kind)
    if not pager.takes_addresses:
        raise Invalid(f"{pager.label} is added by linking your account there, not by an address.", field="kind")
    clean = pager.check(address)
    connection = pager.connection_of(clean)
    if connection is None:
        raise Unavailable(f"{pager.label} is not set up here. An administrator can do that.", field="kind")
    mine = ContactMethod.objects.filter(user=user)
    found = mine.filter(kind=kind, address=clean).first()
    if found is not None and found.removed_at is None:
        raise Conflict("You have this one already.", field="address")
    if mine.filter(removed_at__isnull=True).count() >= MOST_METHODS:
        raise Conflict(f"You have {MOST_METHODS} contact methods; remove one first.")
    method = found or reaching.make_method(user, kind, clean, connection)
    if found is not None:
        method.removed_at, method.verified_at, method.code_digest, method.off_reason = None, None, "", ""
        method.save(update_fields=["removed_at", "verified_at", "code_digest", "off_reason"])
    audit.record(by, "contact.added", "contact-method", method.pk, after={"kind": kind, "user": user.pk})
    return method


@operation
def add_proven(*, kind: str, address: str, by: Actor) -> ContactMethod:
    """Use an address that is theirs by the way it came: their own browser has asked for it. Again: it stays.

    :raises Conflict: there are too many. :raises Unavailable: nothing that is set up here reaches it.
    """
    user = _self(by)
    connection = _pager(kind).connection_of(address)
    if connection is None:
        raise Unavailable(f"{_pager(kind).label} is not set up here. An administrator can do that.", field="kind")
    mine = ContactMethod.objects.filter(user=user)
    method = mine.filter(kind=kind, address=address).first()
    if method is None and mine.filter(removed_at__isnull=True).count() >= MOST_METHODS:
        raise Conflict(f"You have {MOST_METHODS} contact methods; remove one first.")
    method = method or reaching.make_method(user, kind, address, connection)
    if not method.is_usable:
        method.removed_at, method.verified_at, method.off_reason = None, clock.now(), ""
        method.save(update_fields=["removed_at", "verified_at", "off_reason"])
        audit.record(by, "contact.added", "contact-method", method.pk, after={"kind": kind, "user": user.pk})
    reaching.give_rules(method)
    return method


def find_own(*, kind: str, address: str, by: Actor) -> ContactMethod:
    """Return one's own method of this address.

    :raises NotFound: there is none.
    """
    found = ContactMethod.objects.filter(user=by.user, kind=kind, address=address, removed_at__isnull=True).first()
    if found is None:
        raise NotFound("There is no such contact method.")
    return found


def send_code(*, method: ContactMethod, by: Actor) -> ContactMethod:
    """Send a code of six digits to the address; it is good for ten minutes. Not inside a transaction.

    :raises Conflict: it is verified already, or too many were sent. :raises Unavailable: it did not go out.
    """
    code = _make_code(method=method, by=by)
    try:
        pager_of(method.kind).send_code(method, code)
    except PartnerTrouble as trouble:
        raise Unavailable(trouble.message, field="address") from trouble
    method.refresh_from_db()
    return method


@operation
def _make_code(*, method: ContactMethod, by: Actor) -> str:
    row = _own(method, by)
    if row.verified_at is not None:
        raise Conflict("It is verified already.")
    _count_send(row.user)
    code = f"{secrets.randbelow(1_000_000):06}"
    row.code_digest, row.code_tries = _code_digest(row, code), 0
    row.code_until = clock.now() + timedelta(minutes=CODE_MINUTES)
    row.save(update_fields=["code_digest", "code_tries", "code_until"])
    return code


def verify_method(*, method: ContactMethod, code: str, by: Actor) -> ContactMethod:
    """Show by the code that the address is theirs. From now on it is used, by a rule where there was none.

    Not inside a transaction: a wrong guess counts although it is refused.

    :raises Invalid: the code is wrong, too old, or was guessed at too often.
    """
    wrong = _try_code(method=method, code=code, by=by)
    if wrong:
        raise Invalid(wrong, field="code")
    method.refresh_from_db()
    return method


@operation
def _try_code(*, method: ContactMethod, code: str, by: Actor) -> str:
    """Count the try and return what is wrong, "" when the code is good."""
    row = _own(method, by)
    if row.verified_at is not None:
        return ""
    if not row.code_digest or row.code_until is None or row.code_until <= clock.now():
        return f"This code is over; codes are good for {CODE_MINUTES} minutes. Ask for a new one."
    if row.code_tries >= MOST_TRIES:
        return "That were too many tries. Ask for a new code."
    given = "".join(code.split())
    if not constant_time_compare(row.code_digest, _code_digest(row, given)):
        row.code_tries += 1
        row.save(update_fields=["code_tries"])
        left = MOST_TRIES - row.code_tries
        return f"That is not the code. {left} tr{'y is' if left == 1 else 'ies are'} left."
    row.verified_at, row.code_digest, row.code_until, row.off_reason = clock.now(), "", None, ""
    row.save(update_fields=["verified_at", "code_digest", "code_until", "off_reason"])
    reaching.give_rules(row)
    audit.record(by, "contact.verified", "contact-method", row.pk, after={"kind": row.kind})
    return ""


def test_method(*, method: ContactMethod, by: Actor) -> ContactMethod:
    """Send a message that shows that pages arrive. Not inside a transaction.

    :raises Conflict: it is not verified, or too many were sent. :raises Unavailable: it did not go out.
    """
    row = _may_test(method=method, by=by)
    try:
        pager_of(row.kind).send_test(row)
    except PartnerTrouble as trouble:
        _tested(row, by, trouble.message)
        raise Unavailable(trouble.message) from trouble
    _tested(row, by, "")
    method.refresh_from_db()
    return method


@operation
def _may_test(*, method: ContactMethod, by: Actor) -> ContactMethod:
    row = _own(method, by)
    if row.verified_at is None:
        raise Conflict("Verify it first.")
    _count_send(row.user)
    return row


@operation
def _tested(method: ContactMethod, by: Actor, error: str) -> None:
    if not error:
        ContactMethod.objects.filter(pk=method.pk).update(tested_at=clock.now())
    audit.record(by, "contact.tested", "contact-method", method.pk, after={"kind": method.kind, "worked": not error})


def left_without(method: ContactMethod) -> list[str]:
    """What its person loses with it, in words; empty: nothing that they would miss."""
    if not method.is_usable:
        return []
    if not reaching.usable_methods(method.user).exclude(pk=method.pk).exists():
        return ["Nothing reaches you without it: no page of any urgency."]
    lost = []
    for urgency in Urgency:
        rules = reaching.rules_of(method.user, urgency)
        if rules.filter(method=method).exists() and not rules.exclude(method=method).exists():
            lost.append(f"Without a rule, pages of {urgency.label} urgency go to all your other methods at once.")
    return lost


@operation
def remove_method(*, method: ContactMethod, by: Actor) -> list[str]:
    """Take a contact method away, and the rules that use it; returns what is lost with it, in words.

    :raises Conflict: who is on call now could not be reached any more.
    """
    row = _own(method, by)
    lost = left_without(row)
    _keep_reachable(row)
    NotificationRule.objects.filter(method=row).delete()
    row.removed_at, row.verified_at, row.code_digest = clock.now(), None, ""
    row.save(update_fields=["removed_at", "verified_at", "code_digest"])
    audit.record(by, "contact.removed", "contact-method", row.pk, before={"kind": row.kind, "user": row.user_id})
    return lost


def _keep_reachable(method: ContactMethod) -> None:
    """Who is on call now stays reachable: they need somebody to cover for them first."""
    if not method.is_usable or reaching.usable_methods(method.user).exclude(pk=method.pk).exists():
        return
    now = clock.now()
    shifts = shifts_of(method.user, now, now + timedelta(minutes=1))
    if shifts:
        raise Conflict(
            f"You are on call now ({shifts[0][0].name}), and nothing would reach you without it.",
            hint="Add another method first, or have somebody cover for you.",
        )


# --- notification rules ---------------------------------------------------------------------------


@operation
def add_rule(*, method: ContactMethod, urgency: str, minutes: int, by: Actor) -> NotificationRule:
    """Use a method so many minutes after a page began, as long as nobody has answered.

    :raises Invalid: naming what is wrong. :raises Conflict: the same is there, or there are too many.
    """
    row = _own(method, by)
    if urgency not in Urgency.values:
        raise Invalid("urgency is high or low.", field="urgency")
    if not 0 <= minutes <= MOST_MINUTES:
        raise Invalid(f"A delay is 0 to {MOST_MINUTES} minutes.", field="delay_minutes")
    if row.verified_at is None:
        raise Invalid("Verify it first: nobody is paged at an address that may be somebody else's.", field="method")
    rules = NotificationRule.objects.filter(user=row.user, urgency=urgency)
    if rules.filter(method=row, delay_minutes=minutes).exists():
        raise Conflict("You have this rule already.", field="delay_minutes")
    if rules.count() >= MOST_RULES:
        raise Conflict(f"You have {MOST_RULES} rules for this urgency; remove one first.")
    rule = NotificationRule.objects.create(user=row.user, urgency=urgency, method=row, delay_minutes=minutes)
    audit.record(by, "notification-rule.added", "notification-rule", rule.pk, after=_facts(rule))
    return rule


@operation
def remove_rule(*, rule: NotificationRule, by: Actor) -> None:
    """Take one of one's own rules away. Without any rule, all methods are used at once.

    :raises NotFound: it is gone, or another's.
    """
    row = NotificationRule.objects.select_related("method").filter(pk=rule.pk).first()
    if row is None:
        raise NotFound("This rule is gone already.")
    _own(row.method, by)
    audit.record(by, "notification-rule.removed", "notification-rule", row.pk, before=_facts(row))
    row.delete()


def _facts(rule: NotificationRule) -> dict[str, object]:
    return {"kind": rule.method.kind, "urgency": rule.urgency, "delay_minutes": rule.delay_minutes}


# --- what all of them ask -------------------------------------------------------------------------


def _self(by: Actor) -> User:
    """The person who acts; held, so that two changes of one person go one after the other."""
    if by.user is None:
        raise NotAllowed("People change their own contact methods only.")
    return User.objects.select_for_update(no_key=True).get(pk=by.user.pk)


def _own(method: ContactMethod, by: Actor) -> ContactMethod:
    """The method as it is now, if it is one's own. Others do not learn that it exists."""
    user = _self(by)
    row = ContactMethod.objects.filter(pk=method.pk, user=user, removed_at__isnull=True).select_related("user").first()
    if row is None:
        raise NotFound("There is no such contact method.")
    return row


def _pager(kind: str) -> PagerPort:
    try:
        return pager_of(kind)
    except KeyError:
        known = ", ".join(pager.kind for pager in pagers() if pager.takes_addresses)
        raise Invalid(f"kind is one of: {known}.", field="kind")


def _code_digest(method: ContactMethod, code: str) -> str:
    said = f"{method.pk}:{code}"
    return salted_hmac("warroom.contact-code", said, secret=settings.SECRET_KEY, algorithm="sha256").hexdigest()


def _count_send(user: User) -> None:
    key = f"contact-sends:{user.pk}"
    cache.add(key, 0, timeout=3600)
    if cache.incr(key) > _MOST_SENDS:
        raise Conflict(f"That were {_MOST_SENDS} codes and tests in an hour. Wait a little.")
