"""The audit's chain: any later change shows, and two sealers can't fork it."""

import contextlib
import random
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from accounts import audit
from accounts.actors import SYSTEM
from accounts.models.audit import AuditEntry, AuditLink, chained
from common import clock
from tests.threads import together

ENTRIES, TRIES = 40, 200
TEXTS = ("actor_name", "surface", "session", "action", "subject_kind", "subject_id", "content_digest")


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The heads that are kept outside are this test's own."""
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path)


@pytest.fixture
def chain(transactional_db: None) -> list[int]:
    """A sealed chain whose head was kept outside; the entries' ids."""
    for n in range(ENTRIES):
        audit.record(SYSTEM, f"thing.{n % 7}", "incident", n, before={"n": n}, after={"n": n + 1, "list": [n, None]})
    assert audit.seal() == ENTRIES
    assert audit.verify() == []
    return list(AuditEntry.objects.order_by("pk").values_list("pk", flat=True))


def edit_text(dice: random.Random, ids: list[int]) -> None:
    AuditEntry.objects.filter(pk=dice.choice(ids)).update(**{dice.choice(TEXTS): f"other {dice.random()}"[:12]})


def edit_value(dice: random.Random, ids: list[int]) -> None:
    field = dice.choice(["before", "after"])
    AuditEntry.objects.filter(pk=dice.choice(ids)).update(**{field: {"n": -dice.randint(1, 99)}})


def edit_time(dice: random.Random, ids: list[int]) -> None:
    entry = AuditEntry.objects.get(pk=dice.choice(ids))
    AuditEntry.objects.filter(pk=entry.pk).update(at=entry.at + timedelta(microseconds=dice.randint(1, 10**7)))


def delete_entry(dice: random.Random, ids: list[int]) -> None:
    pk = dice.choice(ids)
    AuditLink.objects.filter(entry_id=pk).delete()
    AuditEntry.objects.filter(pk=pk).delete()


def delete_and_close_the_gap(dice: random.Random, ids: list[int]) -> None:
    place = dice.randrange(1, ENTRIES)
    delete_position(place)
    for link in AuditLink.objects.filter(position__gt=place).order_by("position"):
        AuditLink.objects.filter(pk=link.pk).update(position=link.position - 1)


def swap_entries(dice: random.Random, ids: list[int]) -> None:
    one, other = (AuditEntry.objects.get(pk=pk) for pk in dice.sample(ids, 2))
    for source, target in ((one, other), (other, one)):
        fields = {name: getattr(source, name) for name in ("subject_id", "before", "after", "action")}
        AuditEntry.objects.filter(pk=target.pk).update(**fields)


def cut_the_tail(dice: random.Random, ids: list[int]) -> None:
    for place in range(dice.randrange(1, ENTRIES + 1), ENTRIES + 1):
        delete_position(place)


def edit_and_seal_anew(dice: random.Random, ids: list[int]) -> None:
    """Somebody who knows how the chain is made: every hash fits again, only the kept head does not."""
    edit_value(dice, ids)
    head = audit.GENESIS
    for link in AuditLink.objects.select_related("entry").order_by("position"):
        head = chained(head, link.position, link.entry.fingerprint())
        AuditLink.objects.filter(pk=link.pk).update(hash=head)


def edit_a_link(dice: random.Random, ids: list[int]) -> None:
    digits = "".join(dice.choice("0123456789abcdef") for _ in range(64))
    AuditLink.objects.filter(position=dice.randint(1, ENTRIES)).update(hash=digits)


def delete_position(place: int) -> None:
    entry = AuditLink.objects.get(position=place).entry_id
    AuditLink.objects.filter(position=place).delete()
    AuditEntry.objects.filter(pk=entry).delete()


TAMPERINGS: list[Callable[[random.Random, list[int]], None]] = [
    edit_text,
    edit_value,
    edit_time,
    delete_entry,
    delete_and_close_the_gap,
    swap_entries,
    cut_the_tail,
    edit_and_seal_anew,
    edit_a_link,
]


class _Undo(Exception):
    """Takes a tampering back."""


def test_every_tampering_is_found(chain: list[int]) -> None:
    missed = []
    for seed in range(TRIES):
        dice = random.Random(seed)
        tamper = dice.choice(TAMPERINGS)
        try:
            with transaction.atomic():
                tamper(dice, chain)
                if not audit.verify():
                    missed.append(f"{tamper.__name__} with seed {seed}")
                raise _Undo
        except _Undo:
            pass

    assert missed == []
    assert audit.verify() == []


def test_an_entry_that_nobody_seals_is_told(chain: list[int]) -> None:
    audit.record(SYSTEM, "late", "incident", 1)

    assert audit.verify() == []
    clock.shift(timedelta(seconds=11))
    assert any("unsealed" in problem for problem in audit.verify())


def test_an_entry_that_commits_late_with_a_lower_id_is_sealed_too(chain: list[int]) -> None:
    far = audit.record(SYSTEM, "took its id late", "incident", 1)
    AuditEntry.objects.filter(pk=far.pk).update(id=far.pk + 1000)
    audit.seal()
    late = AuditEntry(id=far.pk + 1, actor_name="Warroom", surface="system", action="took its id early")
    late.save(force_insert=True)

    assert audit.seal() == 1

    assert AuditLink.objects.get(position=ENTRIES + 2).entry_id == late.pk
    assert audit.verify() == []


@pytest.mark.parametrize("round_", range(5))
def test_two_sealers_cannot_fork_the_chain(chain: list[int], monkeypatch: pytest.MonkeyPatch, round_: int) -> None:
    for n in range(30):
        audit.record(SYSTEM, "more", "incident", n)
    both_have_read_the_head = threading.Barrier(2)

    def meet(previous: str, position: int, fingerprint: str) -> str:
        # On SQLite the second one is not let in before the first has committed.
        with contextlib.suppress(threading.BrokenBarrierError):
            both_have_read_the_head.wait(0.5)
        return chained(previous, position, fingerprint)

    def seal() -> int:
        try:
            return audit.seal()
        except IntegrityError:
            return 0

    monkeypatch.setattr(audit, "chained", meet)
    sealed = together(seal, seal)
    monkeypatch.undo()

    assert sum(sealed) == 30
    assert sorted(AuditLink.objects.values_list("position", flat=True)) == list(range(1, ENTRIES + 31))
    assert AuditLink.objects.values("entry").distinct().count() == ENTRIES + 30
