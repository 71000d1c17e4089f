"""A backup: one .tar.gz with the database, the attachments and what they need, made while Warroom runs.

The manifest is written last and names every member with its size and SHA-256: a file that was cut short
has none, and one that was changed does not match.
"""

import hashlib
import json
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files.storage import default_storage

from common import clock
from config import databases, env
from incidents.models import Attachment
from web.context import VERSION

FORMAT = 1
DATABASE, SECRET_KEY, AUDIT_HEADS, MANIFEST = "database", "secret-key", "audit-heads.log", "manifest.json"
FILES = "files/"
_CHUNK = 1024 * 1024


class BadBackup(Exception):
    """The file is no backup, is damaged, or does not fit here; the text says which."""


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself. `members` is name → {size, sha256}."""

    version: str
    made_at: str
    database: str
    counts: dict[str, int]
    migrations: list[str]
    audit_position: int
    audit_hash: str
    members: dict[str, dict[str, Any]]
    missing_files: list[str] = field(default_factory=list)
    format: int = FORMAT

    @property
    def has_secret_key(self) -> bool:
        return SECRET_KEY in self.members

    @property
    def file_count(self) -> int:
        return sum(name.startswith(FILES) for name in self.members)


def keeps_own_key() -> bool:
    """Tell whether the secret key is the one that this installation made and keeps in its data directory."""
    return bool(settings.EMBEDDED) and not env.text("SECRET_KEY")


def make_backup(to: Path) -> Manifest:
    """Write a backup into a new file, readable by its owner only.

    The audit's heads are copied first and the files last: no head is newer than the copy of the database, and
    every file which it names is there.

    :raises DatabaseTrouble: the database can't be copied. :raises OSError: the place can't be written.
    """
    part = to.with_name(f"{to.name}.part")
    with tempfile.TemporaryDirectory(dir=to.parent, prefix=".warroom-backup-") as room:
        try:
            manifest = _write(part, Path(room))
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    part.replace(to)
    return manifest


def _write(part: Path, room: Path) -> Manifest:
    made_at = clock.now().isoformat(timespec="seconds")
    own = [AUDIT_HEADS, *([SECRET_KEY] if keeps_own_key() else [])]
    own = [name for name in own if (settings.DATA_DIR / name).exists()]
    for name in own:
        shutil.copyfile(settings.DATA_DIR / name, room / name)
    facts = databases.dump(room / DATABASE)
    members: dict[str, dict[str, Any]] = {}
    missing: list[str] = []
    part.touch(mode=0o600)
    part.chmod(0o600)
    with tarfile.open(part, "w:gz", compresslevel=6) as tar:
        for name in (DATABASE, *own):
            _add(tar, members, name, room / name)
        for name in Attachment.objects.order_by("pk").values_list("file", flat=True).iterator():
            _add_stored(tar, members, missing, name, room / "file")
        manifest = Manifest(
            version=VERSION,
            made_at=made_at,
            database=databases.vendor(),
            members=members,
            missing_files=missing,
            **asdict(facts),
        )
        (room / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1), encoding="utf-8")
        _add(tar, {}, MANIFEST, room / MANIFEST)
    return manifest


def _add(tar: tarfile.TarFile, members: dict[str, dict[str, Any]], name: str, path: Path) -> None:
    members[name] = {"size": path.stat().st_size, "sha256": sha256_of(path)}
    info = tar.gettarinfo(path, arcname=name)
    info.mode, info.uid, info.gid, info.uname, info.gname = 0o600, 0, 0, "", ""
    with path.open("rb") as file:
        tar.addfile(info, file)


def _add_stored(
    tar: tarfile.TarFile, members: dict[str, dict[str, Any]], missing: list[str], name: str, path: Path
) -> None:
    """Add one attachment from wherever it is kept; one that is gone is named and does not stop the rest."""
    try:
        with default_storage.open(name, "rb") as source, path.open("wb") as copy:
            shutil.copyfileobj(source, copy, _CHUNK)
    except FileNotFoundError:
        missing.append(name)
        return
    _add(tar, members, FILES + name, path)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def opened(path: Path, beside: Path) -> Iterator[tuple[Manifest, Path]]:
    """Unpack a backup into a directory that goes away again, and check every byte of it.

    :raises BadBackup: saying what is wrong with the file.
    """
    beside.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=beside, prefix=".warroom-restore-") as room:
        _unpack(path, Path(room))
        manifest = _read(Path(room))
        _verify(manifest, Path(room))
        yield manifest, Path(room)


def _unpack(path: Path, room: Path) -> None:
    try:
        with tarfile.open(path, "r:gz") as tar:
            for member in tar:
                if not member.isfile():
                    raise BadBackup(f"{member.name} in it is no plain file.")
                tar.extract(member, room, filter="data")
    except FileNotFoundError:
        raise BadBackup(f"There is no file {path}.")
    except (tarfile.TarError, EOFError, OSError) as error:
        raise BadBackup(f"It can't be unpacked: {error}")


def _read(room: Path) -> Manifest:
    try:
        raw = json.loads((room / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        raise BadBackup("It has no manifest: this is no backup of Warroom, or it was cut short.")
    if raw.get("format") != FORMAT:
        raise BadBackup(f"Its format is {raw.get('format')}, and this Warroom reads {FORMAT}.")
    try:
        return Manifest(**raw)
    except TypeError:
        raise BadBackup("Its manifest is not complete.")


def _verify(manifest: Manifest, room: Path) -> None:
    there = {str(path.relative_to(room)) for path in room.rglob("*") if path.is_file()} - {MANIFEST}
    if extra := sorted(there - set(manifest.members)):
        raise BadBackup(f"{extra[0]} is in it and not in its manifest.")
    for name, member in manifest.members.items():
        if name not in there:
            raise BadBackup(f"{name} is missing in it.")
        if sha256_of(room / name) != member["sha256"]:
            raise BadBackup(f"{name} in it is damaged: the checksum differs.")


def put_back_files(manifest: Manifest, room: Path) -> int:
    """Store the attachments under their names again; returns how many."""
    names = [name for name in manifest.members if name.startswith(FILES)]
    for name in names:
        stored = name.removeprefix(FILES)
        if default_storage.exists(stored):
            default_storage.delete(stored)
        file: IO[bytes]
        with (room / name).open("rb") as file:
            default_storage.save(stored, file)
    return len(names)
