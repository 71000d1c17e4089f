"""Backups: made while Warroom runs, checked before anything is touched, put back whole or not at all."""

import fcntl
import hashlib
import io
import json
import os
import sqlite3
import tarfile
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command

from config.backup import BadBackup, Manifest, opened
from config.restoring import check_fits
from tests.config.house import FILL, House

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(
        bool(os.environ.get("WARROOM_TEST_DATABASE_URL")), reason="both databases are tried in the first run"
    ),
]

Members = dict[str, bytes]


@pytest.fixture(scope="module")
def lived_in(make_house: Callable[[], House]) -> House:
    """An installation with something in it."""
    house = make_house()
    house.run("migrate", "--verbosity", "0")
    house.do(FILL)
    return house


@pytest.fixture(scope="module")
def backup(lived_in: House, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of it."""
    path = tmp_path_factory.mktemp("backups") / "warroom.tar.gz"
    lived_in.run("backup", str(path))
    return path


@pytest.fixture(scope="module")
def restored(make_house: Callable[[], House], backup: Path) -> tuple[House, str]:
    """A fresh installation into which it was put, and what was said."""
    house = make_house()
    return house, house.run("restore", str(backup))


def read(path: Path) -> Members:
    with tarfile.open(path) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]


def write(path: Path, members: Members, *more: tarfile.TarInfo) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
        for info in more:
            tar.addfile(info)
    return path


def manifest_of(members: Members) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(members["manifest.json"])
    return found


def test_a_backup_is_for_its_owner_and_names_what_it_holds(backup: Path, lived_in: House) -> None:
    members = read(backup)
    manifest = manifest_of(members)

    assert backup.stat().st_mode & 0o077 == 0
    assert list(members)[-1] == "manifest.json"
    assert set(manifest["members"]) == set(members) - {"manifest.json"}
    assert ("secret-key" in members) == lived_in.is_embedded
    assert manifest["counts"]["incidents_incident"] == 1
    assert any(name.startswith("files/attachments/") for name in members)
    assert not list(backup.parent.glob(".warroom*"))


def test_a_backup_says_what_to_keep_safe(lived_in: House, tmp_path: Path) -> None:
    said = lived_in.run("backup", str(tmp_path))

    assert len(list(tmp_path.glob("warroom-*Z.tar.gz"))) == 1
    assert ("It holds the secret key" if lived_in.is_embedded else "SECRET_KEY and WARROOM_ENCRYPTION_KEYS") in said


def test_a_backup_overwrites_nothing(lived_in: House, tmp_path: Path) -> None:
    (tmp_path / "kept.tar.gz").write_bytes(b"kept")

    said = lived_in.refuses("backup", str(tmp_path / "kept.tar.gz"))

    assert "is there already" in said
    assert (tmp_path / "kept.tar.gz").read_bytes() == b"kept"


def test_what_was_backed_up_is_back(restored: tuple[House, str]) -> None:
    house, said = restored

    assert "Every lane is on hold" in said
    found = house.do(
        "from incidents.models import *; from connections.models import *; from accounts.models import *;"
        "print(Incident.objects.get().title, '|', TimelineEvent.objects.get(kind='message').text, '|',"
        " Attachment.objects.get().file.read(), '|', Connection.objects.get().secrets, '|',"
        " User.objects.get().check_password('correct horse battery'))"
    )
    assert found.strip() == (
        "Checkout answers 5xx | said before the backup | b'picture' | {'bot_token': 'xoxb-kept'} | True"
    )


def test_administrators_are_told_of_which_time_it_is(restored: tuple[House, str], backup: Path) -> None:
    house, _ = restored
    with tarfile.open(backup) as tar:
        manifest = tar.extractfile("manifest.json")
        assert manifest is not None
        made_at = json.load(manifest)["made_at"]
    look = (
        "from accounts.models import User; from web.context import _strips;"
        "print([strip.text for strip in _strips(User(pk=0, role='admin')) if strip.action])"
    )

    assert f"of {made_at[:16].replace('T', ' ')}Z" in house.do(look)


def test_nothing_goes_out_until_somebody_says_so(restored: tuple[House, str]) -> None:
    house, _ = restored
    look = (
        "from common.pending import pending_tables; from common.work import work_off;"
        "from integrations.fakechat.models import FakeMessage;"
        "[work_off(table._meta.label_lower) for table in pending_tables()];"
        "print(FakeMessage.objects.filter(text__contains='said before').count())"
    )

    before = house.do(look)
    said = house.run("restore", "--release")
    after = house.do(look)

    assert (before.strip(), after.strip()) == ("0", "1")
    assert "lanes" in said
    assert house.run("restore", "--release").strip() == "Let go: nothing."
    assert (
        house.do("from connections.models import Restore; print(Restore.objects.get().released_at is None)")
        == "False\n"
    )


def test_the_audit_tells_of_it_and_is_whole(restored: tuple[House, str]) -> None:
    house, _ = restored

    entries = house.do(
        "from accounts import audit; from accounts.models import AuditEntry; audit.seal();"
        "print(AuditEntry.objects.filter(action='backup.restored').count(), audit.verify())"
    )

    assert entries.strip() == "1 []"


def test_what_is_there_is_not_replaced_by_mistake(lived_in: House, backup: Path) -> None:
    said = lived_in.refuses("restore", str(backup))

    assert "1 users, 1 incidents, 1 connections already. --force replaces it. Nothing has changed." in said


def test_force_replaces_and_keeps_what_was_there(make_house: Callable[[], House], backup: Path) -> None:
    house = make_house()
    house.run("migrate", "--verbosity", "0")
    house.do("from accounts.models import User; User.objects.create_user('bo@example.com')")

    said = house.run("restore", "--force", str(backup))

    assert "ada@example.com" in house.do("from accounts.models import User; print(User.objects.get().email)")
    if house.is_embedded:
        assert "before-restore" in said
        with sqlite3.connect(house.data_dir / "warroom.sqlite3.before-restore") as former:
            assert former.execute("SELECT email FROM accounts_user").fetchall() == [("bo@example.com",)]
        former.close()


def test_a_running_warroom_is_not_replaced(lived_in: House, backup: Path) -> None:
    if lived_in.is_embedded:
        with (lived_in.data_dir / "serve.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            said = lived_in.refuses("restore", "--force", str(backup))
        assert "runs already" in said
    else:
        with psycopg.connect(lived_in.database_url):
            said = lived_in.refuses("restore", "--force", str(backup))
        assert "1 other programs use the database" in said


def test_a_backup_of_a_busy_database_is_consistent(
    lived_in: House, make_house: Callable[[], House], tmp_path: Path
) -> None:
    stop = threading.Event()
    insert = "INSERT INTO django_session (session_key, session_data, expire_date) VALUES ('{}', '', '2030-01-01')"

    def write_on() -> None:
        busy: Any = (
            sqlite3.connect(lived_in.file, timeout=20)
            if lived_in.is_embedded
            else psycopg.connect(lived_in.database_url)
        )
        for n in range(100_000):
            if stop.is_set():
                break
            busy.execute(insert.format(f"k{n}"))
            busy.commit()
        busy.close()

    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        lived_in.run("backup", str(tmp_path / "busy.tar.gz"))
    finally:
        stop.set()
        writer.join()

    make_house().run("restore", str(tmp_path / "busy.tar.gz"))


# --- What is wrong with a file is found before anything is touched ------------------------------------


def damaged(members: Members) -> Members:
    return {**members, "database": members["database"][:-1] + b"x"}


def missing(members: Members) -> Members:
    return {name: content for name, content in members.items() if not name.startswith("files/")}


def extra(members: Members) -> Members:
    return {**members, "files/more": b"x"}


def no_manifest(members: Members) -> Members:
    return {name: content for name, content in members.items() if name != "manifest.json"}


def other_format(members: Members) -> Members:
    return {**members, "manifest.json": json.dumps({**manifest_of(members), "format": 9}).encode()}


def half_manifest(members: Members) -> Members:
    return {**members, "manifest.json": b'{"format": 1, "version": "1"}'}


def climbing(members: Members) -> Members:
    return {**members, "../evil": b"x"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (damaged, "database in it is damaged"),
        (missing, "is missing in it"),
        (extra, "files/more is in it and not in its manifest"),
        (no_manifest, "no manifest"),
        (other_format, "format is 9"),
        (half_manifest, "not complete"),
        (climbing, "can't be unpacked"),
    ],
)
def test_a_changed_file_is_refused(
    backup: Path, tmp_path: Path, change: Callable[[Members], Members], said: str
) -> None:
    bad = write(tmp_path / "bad.tar.gz", change(read(backup)))

    with pytest.raises(BadBackup, match=said), opened(bad, tmp_path / "here"):
        pass

    assert not (tmp_path / "evil").exists()
    assert list((tmp_path / "here").iterdir()) == []


def test_links_in_it_are_refused(backup: Path, tmp_path: Path) -> None:
    link = tarfile.TarInfo("files/link")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    bad = write(tmp_path / "bad.tar.gz", read(backup), link)

    with pytest.raises(BadBackup, match="no plain file"), opened(bad, tmp_path / "here"):
        pass


def test_a_file_that_was_cut_short_is_refused(backup: Path, tmp_path: Path) -> None:
    raw = backup.read_bytes()
    (tmp_path / "cut.tar.gz").write_bytes(raw[: len(raw) // 2])

    with pytest.raises(BadBackup), opened(tmp_path / "cut.tar.gz", tmp_path / "here"):
        pass


def remade(path: Path, members: Members, **changes: Any) -> Path:
    """Write a backup whose checksums fit what is in it."""
    manifest = {**manifest_of(members), **changes}
    for name, member in manifest["members"].items():
        member.update(size=len(members[name]), sha256=hashlib.sha256(members[name]).hexdigest())
    return write(path, {**members, "manifest.json": json.dumps(manifest).encode()})


def test_a_backup_of_a_newer_warroom_is_refused(backup: Path) -> None:
    manifest = Manifest(**manifest_of(read(backup)))
    newer = replace(manifest, database="sqlite", migrations=[*manifest.migrations, "incidents.0999_later"])

    with pytest.raises(BadBackup, match=r"incidents\.0999_later"):
        check_fits(newer)


def test_a_backup_of_the_other_database_is_refused(backup: Path) -> None:
    manifest = Manifest(**manifest_of(read(backup)))

    with pytest.raises(BadBackup, match="It is of a oracle database"):
        check_fits(replace(manifest, database="oracle"))


def test_a_copy_that_can_not_be_loaded_changes_nothing(lived_in: House, backup: Path, tmp_path: Path) -> None:
    members = read(backup)
    members["database"] = b"this is no database" * 1000

    said = lived_in.refuses("restore", "--force", str(remade(tmp_path / "broken.tar.gz", members)))

    assert "damaged" in said or "failed" in said
    assert "Checkout" in lived_in.do("from incidents.models import Incident; print(Incident.objects.get().title)")


def test_rows_that_are_missing_change_nothing(lived_in: House, backup: Path, tmp_path: Path) -> None:
    members = read(backup)
    counts = {**manifest_of(members)["counts"], "incidents_incident": 7}

    said = lived_in.refuses("restore", "--force", str(remade(tmp_path / "less.tar.gz", members, counts=counts)))

    assert "incidents_incident has 1 rows, and the backup counted 7" in said
    assert "Checkout" in lived_in.do("from incidents.models import Incident; print(Incident.objects.get().title)")


def test_without_the_client_programs_it_says_what_to_install(lived_in: House, tmp_path: Path) -> None:
    if lived_in.is_embedded:
        pytest.skip("SQLite needs none")

    said = lived_in.refuses("backup", str(tmp_path / "b.tar.gz"), PATH="/nowhere")

    assert "pg_dump is not here. Install PostgreSQL's client programs" in said
    assert list(tmp_path.iterdir()) == []


def test_restore_wants_a_path_or_release() -> None:
    for words in ([], ["b.tar.gz", "--release"]):
        with pytest.raises(CommandError, match=r"Give the path of a backup, or --release\."):
            call_command("restore", *words)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadBackup, match="There is no file"), opened(tmp_path / "b.tar.gz", tmp_path / "here"):
        pass


def test_a_directory_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no directory"):
        call_command("backup", f"{tmp_path}/backups/")
    assert not (tmp_path / "backups").exists()
