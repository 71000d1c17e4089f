"""Putting a backup back. What it would send is held until a person has looked (`connections.holding`)."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

from accounts import audit
from accounts.actors import SYSTEM
from common import clock
from common.operations import operation
from config import databases, env
from config.backup import AUDIT_HEADS, DATABASE, SECRET_KEY, BadBackup, Manifest, keeps_own_key, opened, put_back_files
from config.running import alone, release_own_leases
from connections.holding import hold
from connections.models import Connection
from connections.secrets import LostKey


@dataclass
class Restored:
    """What was done: the backup's manifest, where the former database is, what waits, what to know."""

    manifest: Manifest
    former: str = ""
    held: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


class NotEmpty(Exception):
    """The target holds something already; the text says what."""


def restore(path: Path, *, force: bool) -> Restored:
    """Replace this installation's data with a backup's and hold what it would send.

    :raises BadBackup: the file is damaged or does not fit. :raises NotEmpty: something is here already.
    :raises databases.DatabaseTrouble: the database refuses; nothing has changed.
    """
    databases.leave_the_pool()
    with _alone(), opened(path, settings.DATA_DIR) as (manifest, room):
        check_fits(manifest)
        if not force and (there := databases.what_is_there()):
            raise NotEmpty(f"This installation holds {there} already.")
        if others := databases.others_connected():
            raise NotEmpty(f"{others} other programs use the database. Stop web, workers, clock and listeners first.")
        restored = Restored(manifest, former=databases.load(room / DATABASE, manifest.counts))
        put_back_files(manifest, room)
        restored.notes += _put_back_own(manifest, room)
        call_command("migrate", verbosity=0, interactive=False)
        clock.reset()
        release_own_leases()
        restored.held = hold(datetime.fromisoformat(manifest.made_at))
        _keep_in_mind(manifest)
    key_changed = manifest.has_secret_key and keeps_own_key()
    if not key_changed or env.words("WARROOM_ENCRYPTION_KEYS"):
        restored.notes += _lost_keys()
    return restored


@contextmanager
def _alone() -> Iterator[None]:
    """The embedded program must not run meanwhile; elsewhere the database says who is connected."""
    if not settings.EMBEDDED:
        yield
        return
    with alone():
        yield


def check_fits(manifest: Manifest) -> None:
    """Refuse a backup of another kind of database, or of a Warroom that knows more than this one.

    :raises BadBackup: saying which.
    """
    if manifest.database != databases.vendor():
        raise BadBackup(f"It is of a {manifest.database} database, and here is {databases.vendor()}.")
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    if newer := sorted(set(manifest.migrations) - known):
        raise BadBackup(
            f"It was made by another Warroom ({manifest.version}) with tables that this one does not know"
            f" ({newer[0]}). Upgrade this one, or install the integrations that it had."
        )


def _put_back_own(manifest: Manifest, room: Path) -> list[str]:
    """The audit's heads, and the secret key where this installation keeps its own."""
    notes = []
    names = [AUDIT_HEADS]
    if manifest.has_secret_key and keeps_own_key():
        names.append(SECRET_KEY)
    elif manifest.has_secret_key:
        notes.append("The backup holds a secret key, and here SECRET_KEY is given by the environment: set it to that.")
    for name in names:
        target = settings.DATA_DIR / name
        if target.exists():
            shutil.copy2(target, target.with_name(f"{name}.before-restore"))
            target.unlink()
        if name in manifest.members:
            target.touch(mode=0o600)
            shutil.copyfile(room / name, target)
    return notes


@operation
def _keep_in_mind(manifest: Manifest) -> None:
    """The audit tells of the restore itself, sealed at once: nobody else runs."""
    audit.record(
        SYSTEM,
        "backup.restored",
        "backup",
        manifest.members[DATABASE]["sha256"][:16],
        after={"made_at": manifest.made_at, "version": manifest.version, "audit_position": manifest.audit_position},
    )
    audit.seal()


def _lost_keys() -> list[str]:
    """Name connections whose secrets no key here opens."""
    lost = []
    for row in Connection.objects.exclude(sealed_secrets=""):
        try:
            _ = row.secrets
        except LostKey:
            lost.append(str(row))
    if not lost:
        return []
    return [f"No key here opens the secrets of {', '.join(lost)}: add the old key to WARROOM_ENCRYPTION_KEYS."]
