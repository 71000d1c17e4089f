"""Writing, sealing and checking the audit trail."""

import logging
from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.actors import Actor
from accounts.models.audit import GENESIS, AuditEntry, AuditLink, chained
from common import clock

log = logging.getLogger(__name__)

_BATCH = 1000
# Entries commit in any order, so an entry without a link may have a lower id than the last sealed one.
_LOOK_BACK = 20_000


def record(
    by: Actor,
    action: str,
    subject_kind: str,
    subject_id: object,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    content_digest: str = "",
) -> AuditEntry:
    """Write one entry in the running transaction."""
    entry = entry_of(by, action, subject_kind, subject_id, before=before, after=after, content_digest=content_digest)
    entry.save(force_insert=True)
    return entry


def record_all(entries: Sequence[AuditEntry]) -> None:
    """Write several entries in the running transaction, by one statement."""
    AuditEntry.objects.bulk_create(entries)


def entry_of(
    by: Actor,
    action: str,
    subject_kind: str,
    subject_id: object,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    content_digest: str = "",
) -> AuditEntry:
    """Return an entry that is still to be written."""
    return AuditEntry(
        at=clock.now(),
        user=by.user,
        actor_name=by.name[:120],
        surface=by.surface,
        token_id_used=by.token_id,
        session=by.session[:64],
        action=action,
        subject_kind=subject_kind,
        subject_id=str(subject_id),
        before=before or {},
        after=after or {},
        content_digest=content_digest,
    )


def _unsealed() -> Any:
    newest = AuditLink.objects.order_by("-entry_id").values_list("entry_id", flat=True).first() or 0
    return AuditEntry.objects.filter(pk__gt=newest - _LOOK_BACK, link__isnull=True).order_by("pk")


def anything_to_seal() -> bool:
    """Tell whether an entry has no link yet."""
    return bool(_unsealed().exists())


@transaction.atomic
def seal() -> int:
    """Extend the chain by the entries that have no link yet; returns how many.

    Only the holder of the `Sealer` lease calls this. Should two ever run at once, the second one's
    position is taken and its transaction fails: the chain can't fork.
    """
    last = AuditLink.objects.order_by("-position").first()
    position, head = (last.position, last.hash) if last else (0, GENESIS)
    links = []
    for entry in _unsealed()[:_BATCH]:
        position += 1
        head = chained(head, position, entry.fingerprint())
        links.append(AuditLink(position=position, entry=entry, hash=head, sealed_at=clock.now()))
    AuditLink.objects.bulk_create(links)
    if links:
        transaction.on_commit(lambda: keep_head(position, head), robust=True)
    return len(links)


def keep_head(position: int, head: str) -> None:
    """Keep the chain's head outside the database, at most once a minute: a cut of the tail shows."""
    path = settings.DATA_DIR / "audit-heads.log"
    now = clock.now()
    minute = now.strftime("%Y-%m-%dT%H:%M")
    try:
        with path.open("rb") as old:
            old.seek(0, 2)
            old.seek(max(0, old.tell() - 200))
            last = old.read().decode().splitlines()[-1:]
    except FileNotFoundError:
        last = []
    if last and last[0].startswith(minute):
        return
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{minute} {position} {head}\n")


def kept_heads() -> Iterator[tuple[int, str]]:
    """Yield the heads kept outside the database, oldest first."""
    path = settings.DATA_DIR / "audit-heads.log"
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        parts = line.split()
        if len(parts) == 3 and parts[1].isdecimal():
            yield int(parts[1]), parts[2]


def verify() -> list[str]:
    """Walk the whole chain and return what is wrong with it, in words (empty: nothing).

    Finds edits, deletions, swaps, insertions, and a cut tail up to the last head kept outside.
    """
    problems: list[str] = []
    head, expected = GENESIS, 0
    seen: dict[int, str] = {}
    links = AuditLink.objects.select_related("entry").order_by("position")
    for link in links.iterator(chunk_size=2000):
        expected += 1
        if link.position != expected:
            problems.append(f"audit link {expected} is missing (found {link.position})")
            expected = link.position
        head = chained(head, link.position, link.entry.fingerprint())
        if head != link.hash:
            problems.append(f"audit link {link.position} does not match entry {link.entry_id}")
            head = link.hash
        seen[link.position] = link.hash
    for position, kept in kept_heads():
        if position not in seen:
            problems.append(f"audit link {position} was kept outside and is gone from the database")
        elif seen[position] != kept:
            problems.append(f"audit link {position} differs from the head kept outside")
    old = clock.now().timestamp() - 10
    for entry in _unsealed()[:100]:
        if entry.at.timestamp() < old:
            problems.append(f"audit entry {entry.pk} is unsealed for more than 10 s")
    return problems
