"""How people are reached: given at once, verified by a code, changed by nobody else, and what removing one loses."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from accounts import operations as people
from accounts.actors import SYSTEM, Actor
from accounts.models import AuditEntry, User
from common import clock
from common.errors import Conflict, Invalid, NotAllowed, NotFound, Refused, Unavailable
from connections.models import Connection
from oncall.models import ContactMethod, NotificationRule, Urgency
from oncall.operations import contacts, reaching, switching
from tests.factories import layer, make_schedule
from tests.factories.paging import make_mail, reach

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailing() -> Connection:
    return make_mail()


def rules(user: User, urgency: str = Urgency.HIGH) -> list[tuple[str, int]]:
    return [(rule.method.kind, rule.delay_minutes) for rule in reaching.rules_of(user, urgency)]


def added(by: Actor, address: str = "home@example.org") -> ContactMethod:
    return contacts.add_method(kind="email", address=address, by=by)


def code_of(method: ContactMethod, by: Actor) -> str:
    contacts.send_code(method=method, by=by)
    found = re.search(r"\d{6}", str(mail.outbox[-1].subject))
    assert found
    return found.group()


def test_somebody_new_is_reachable_at_once(mailing: Connection) -> None:
    people.invite_person(email="eve@example.com", by=SYSTEM)

    user = User.objects.get(email="eve@example.com")
    assert rules(user) == rules(user, Urgency.LOW) == [("email", 0)]
    assert reaching.methods_of(user).get().is_usable


def test_without_mail_nothing_is_given_and_with_it_everybody_is(cleo: User, bo: User) -> None:
    assert reaching.give_everybody() == 0
    make_mail()

    assert reaching.give_everybody() == 2
    assert reaching.give_everybody() == 0
    assert rules(cleo) == [("email", 0)]


def test_who_left_is_given_nothing(mailing: Connection, bo: User) -> None:
    User.objects.filter(pk=bo.pk).update(is_active=False)
    bo.refresh_from_db()

    assert reaching.give_methods(user=bo) == []
    assert reaching.give_everybody() == 0


def test_what_was_removed_is_not_given_again(mailing: Connection, cleo: User, actor_cleo: Actor) -> None:
    contacts.remove_method(method=reach(cleo), by=actor_cleo)

    assert reaching.give_methods(user=cleo) == []
    assert rules(cleo) == []


def test_an_address_is_used_once_its_code_is_entered(mailing: Connection, actor_bo: Actor, bo: User) -> None:
    method = added(actor_bo)
    assert rules(bo) == []

    contacts.verify_method(method=method, code=code_of(method, actor_bo), by=actor_bo)

    assert method.is_usable
    assert rules(bo) == [("email", 0)]
    with pytest.raises(Conflict, match="verified already"):
        contacts.send_code(method=method, by=actor_bo)


def test_a_code_has_ten_tries(mailing: Connection, actor_bo: Actor) -> None:
    method = added(actor_bo)
    code = code_of(method, actor_bo)
    wrong = "000000" if code != "000000" else "111111"
    for left in (9, 8, 7, 6, 5, 4, 3, 2, 1, 0):
        with pytest.raises(Invalid, match=f"{left} tr"):
            contacts.verify_method(method=method, code=wrong, by=actor_bo)

    with pytest.raises(Invalid, match="too many tries"):
        contacts.verify_method(method=method, code=code, by=actor_bo)
    contacts.verify_method(method=method, code=code_of(method, actor_bo), by=actor_bo)
    assert method.is_usable


def test_a_code_lasts_ten_minutes(mailing: Connection, actor_bo: Actor) -> None:
    method = added(actor_bo)
    code = code_of(method, actor_bo)
    clock.shift(timedelta(minutes=10, seconds=1))

    with pytest.raises(Invalid, match="Ask for a new one"):
        contacts.verify_method(method=method, code=code, by=actor_bo)


def test_a_code_is_not_kept_and_opens_one_method_only(mailing: Connection, actor_bo: Actor) -> None:
    first, second = added(actor_bo), added(actor_bo, "other@example.org")
    code = code_of(first, actor_bo)
    first.refresh_from_db()
    assert code not in first.code_digest
    ContactMethod.objects.filter(pk=second.pk).update(code_digest=first.code_digest, code_until=first.code_until)

    with pytest.raises(Invalid, match="not the code"):
        contacts.verify_method(method=second, code=code, by=actor_bo)


def test_codes_and_tests_are_counted(mailing: Connection, actor_bo: Actor) -> None:
    method = added(actor_bo)
    for _ in range(12):
        contacts.send_code(method=method, by=actor_bo)

    with pytest.raises(Conflict, match="Wait a little"):
        contacts.send_code(method=method, by=actor_bo)
    assert len(mail.outbox) == 12


@pytest.mark.parametrize(
    ("kind", "address", "words"),
    [
        ("email", "not an address", "Write an e-mail address"),
        ("email", "a@b.example\nBcc: dan@example.com", "Write an e-mail address"),
        ("email", "", "Write an e-mail address"),
        ("email", f"{'x' * 300}@example.com", "e-mail address"),
        ("fax", "1", "kind is one of"),
    ],
)
def test_what_is_no_address_is_refused(
    mailing: Connection, actor_bo: Actor, kind: str, address: str, words: str
) -> None:
    with pytest.raises(Invalid, match=words):
        contacts.add_method(kind=kind, address=address, by=actor_bo)

    assert not ContactMethod.objects.exists()


def test_without_mail_no_address_can_be_added(actor_bo: Actor) -> None:
    with pytest.raises(Unavailable, match="not set up here"):
        added(actor_bo)


def test_the_same_address_is_there_once_and_comes_back_unverified(mailing: Connection, actor_bo: Actor) -> None:
    method = added(actor_bo)
    contacts.verify_method(method=method, code=code_of(method, actor_bo), by=actor_bo)
    with pytest.raises(Conflict, match="already"):
        added(actor_bo, "HOME@example.org")

    contacts.remove_method(method=method, by=actor_bo)
    back = added(actor_bo)

    assert back.pk == method.pk
    assert not back.is_usable


def test_twenty_are_enough(mailing: Connection, actor_bo: Actor) -> None:
    for number in range(20):
        added(actor_bo, f"a{number}@example.org")

    with pytest.raises(Conflict, match="remove one first"):
        added(actor_bo, "one-more@example.org")


@pytest.mark.parametrize("doing", ["send_code", "verify_method", "test_method", "remove_method", "add_rule"])
def test_nobody_touches_another_persons_method(mailing: Connection, cleo: User, actor_ada: Actor, doing: str) -> None:
    method = reach(cleo)
    more: dict[str, Any] = {
        "verify_method": {"code": "1"},
        "add_rule": {"urgency": "high", "minutes": 1},
    }.get(doing, {})

    with pytest.raises(NotFound):
        getattr(contacts, doing)(method=method, by=actor_ada, **more)
    with pytest.raises(NotFound):
        contacts.remove_rule(rule=NotificationRule.objects.filter(user=cleo)[0], by=actor_ada)
    with pytest.raises(NotAllowed):
        getattr(contacts, doing)(method=method, by=SYSTEM, **more)
    assert rules(cleo) == [("email", 0)]


def test_removing_says_what_is_lost(mailing: Connection, cleo: User, actor_cleo: Actor) -> None:
    method = reach(cleo)

    lost = contacts.remove_method(method=method, by=actor_cleo)

    assert lost == ["Nothing reaches you without it: no page of any urgency."]
    assert not reaching.usable_methods(cleo).exists()


def test_with_another_method_less_is_lost(mailing: Connection, cleo: User, actor_cleo: Actor) -> None:
    first, second = reach(cleo), added(actor_cleo)
    assert contacts.left_without(second) == []
    contacts.verify_method(method=second, code=code_of(second, actor_cleo), by=actor_cleo)

    lost = contacts.remove_method(method=first, by=actor_cleo)

    assert lost == ["Without a rule, pages of low urgency go to all your other methods at once."]
    assert rules(cleo) == [("email", 2)]


def test_a_second_address_has_its_turn_after_the_first(mailing: Connection, cleo: User, actor_cleo: Actor) -> None:
    reach(cleo)
    method = added(actor_cleo)

    contacts.verify_method(method=method, code=code_of(method, actor_cleo), by=actor_cleo)

    assert [(rule.method_id == method.pk, rule.delay_minutes) for rule in reaching.rules_of(cleo, Urgency.HIGH)] == [
        (False, 0),
        (True, 2),
    ]
    assert rules(cleo, Urgency.LOW) == [("email", 0)]


def test_what_was_switched_off_from_outside_is_used_again_when_it_says_so(mailing: Connection, cleo: User) -> None:
    method = reach(cleo)
    assert not switching.switch_on(method=method)

    assert switching.switch_off(method=method, reason="STOP was sent from it.")
    assert not switching.switch_off(method=method, reason="again")
    method.refresh_from_db()
    assert (method.is_usable, method.off_reason, rules(cleo)) == (False, "STOP was sent from it.", [])
    assert switching.switch_on(method=method)

    assert rules(cleo) == [("email", 0)]


def test_who_is_on_call_stays_reachable(mailing: Connection, cleo: User, actor_cleo: Actor) -> None:
    make_schedule("Shop primary", layer([cleo]))
    method = reach(cleo)

    with pytest.raises(Conflict, match=r"on call now \(Shop primary\)"):
        contacts.remove_method(method=method, by=actor_cleo)

    contacts.remove_rule(rule=reaching.rules_of(cleo, Urgency.LOW).get(), by=actor_cleo)
    assert (rules(cleo), rules(cleo, Urgency.LOW)) == ([("email", 0)], [])
    assert method in reaching.usable_methods(cleo)


@pytest.mark.parametrize(
    ("urgency", "minutes", "words"),
    [("medium", 0, "high or low"), ("high", -1, "0 to 1440"), ("high", 1441, "0 to 1440"), ("high", 0, "already")],
)
def test_what_is_no_rule_is_refused(
    mailing: Connection, cleo: User, actor_cleo: Actor, urgency: str, minutes: int, words: str
) -> None:
    with pytest.raises(Refused, match=words):
        contacts.add_rule(method=reach(cleo), urgency=urgency, minutes=minutes, by=actor_cleo)


def test_no_rule_uses_what_is_not_verified(mailing: Connection, actor_bo: Actor) -> None:
    with pytest.raises(Invalid, match="Verify it first"):
        contacts.add_rule(method=added(actor_bo), urgency="high", minutes=0, by=actor_bo)


def test_every_change_is_audited_and_no_address_is(mailing: Connection, cleo: User, actor_cleo: Actor) -> None:
    reach(cleo)
    method = added(actor_cleo)
    contacts.verify_method(method=method, code=code_of(method, actor_cleo), by=actor_cleo)
    contacts.test_method(method=method, by=actor_cleo)
    rule = contacts.add_rule(method=method, urgency="high", minutes=5, by=actor_cleo)
    contacts.remove_rule(rule=rule, by=actor_cleo)
    contacts.remove_method(method=method, by=actor_cleo)

    entries = AuditEntry.objects.order_by("pk")
    assert [entry.action for entry in entries] == [
        "contact.given",
        "contact.added",
        "contact.verified",
        "contact.tested",
        "notification-rule.added",
        "notification-rule.removed",
        "contact.removed",
    ]
    assert not any("@" in str((entry.before, entry.after)) for entry in entries)
    assert "@" not in "".join(ContactMethod.objects.values_list("lane__key", flat=True))
    assert set(ContactMethod.objects.values_list("lane__address", flat=True)) == {""}
