"""Files are taken for what they are, not for what they say they are."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from accounts.actors import Actor
from common import clock
from common.errors import Invalid, NotFound, Unavailable
from connections.housekeeping import clean_up
from incidents.exporting import export_postmortem
from incidents.files import content_of
from incidents.housekeeping import forget_unsaid_files
from incidents.models import Attachment, Incident
from incidents.operations import attachments, lifecycle, talk
from incidents.operations.attachments import keep_file
from incidents.operations.declare import declare_incident
from tests.factories.files import picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def incident(actor_bo: Actor) -> Incident:
    return declare_incident(by=actor_bo, title="Checkout returns 5xx")


def test_a_picture_is_written_anew_without_its_metadata(incident: Incident, actor_bo: Actor) -> None:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    Image.new("RGB", (4, 4)).save(out, format="JPEG", exif=exif)

    kept = keep_file(number=incident.pk, name="a.jpg", content=out.getvalue() + b"<script>", by=actor_bo)

    with kept.file.open("rb") as file:
        stored = file.read()
    assert kept.content_type == "image/jpeg"
    assert b"taken at home" not in stored
    assert b"<script>" not in stored


@pytest.mark.parametrize("name", ["evil.svg", "page.html", "x.png"])
def test_anything_else_is_only_ever_a_download(incident: Incident, actor_bo: Actor, name: str) -> None:
    kept = keep_file(number=incident.pk, name=name, content=b"<svg onload=alert(1)>", by=actor_bo)

    assert kept.content_type == "application/octet-stream"
    assert not kept.is_image


def test_a_broken_picture_is_refused(incident: Incident, actor_bo: Actor) -> None:
    with pytest.raises(Invalid, match="damaged"):
        keep_file(number=incident.pk, name="a.png", content=picture()[:40], by=actor_bo)


def test_a_picture_of_too_many_points_is_refused(incident: Incident, actor_bo: Actor) -> None:
    with pytest.raises(Invalid, match="megapixels"):
        keep_file(number=incident.pk, name="a.png", content=picture(8000, 6000), by=actor_bo)


def test_a_file_is_said_once(incident: Incident, actor_bo: Actor) -> None:
    kept = keep_file(number=incident.pk, name="log.txt", content=b"boom", by=actor_bo)
    talk.say(number=incident.pk, text="", by=actor_bo, attachments=[kept.pk])

    with pytest.raises(Invalid, match="said already"):
        talk.say(number=incident.pk, text="again", by=actor_bo, attachments=[kept.pk])


def test_a_path_in_the_name_is_only_a_name(incident: Incident, actor_bo: Actor) -> None:
    kept = keep_file(number=incident.pk, name="../../etc/passwd", content=b"x", by=actor_bo)

    assert "/" not in kept.name


def test_a_store_that_is_away_is_said_and_nothing_is_half_kept(
    incident: Incident, actor_bo: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: object, **kwargs: object) -> str:
        raise ConnectionError("the bucket does not answer")

    monkeypatch.setattr(default_storage, "save", away)

    with pytest.raises(Unavailable, match="could not be stored"):
        keep_file(number=incident.pk, name="log.txt", content=b"boom", by=actor_bo)
    assert not Attachment.objects.exists()


def test_a_slow_store_holds_no_lock(incident: Incident, actor_bo: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    save, lock = default_storage.save, attachments.lock_incident
    order = []

    def stored(*args: Any, **kwargs: Any) -> str:
        order.append("stored")
        return str(save(*args, **kwargs))

    def locked(*args: Any, **kwargs: Any) -> Incident:
        order.append("locked")
        return lock(*args, **kwargs)

    monkeypatch.setattr(default_storage, "save", stored)
    monkeypatch.setattr(attachments, "lock_incident", locked)

    keep_file(number=incident.pk, name="log.txt", content=b"boom", by=actor_bo)

    assert order == ["stored", "locked"]


def test_who_lost_the_right_meanwhile_leaves_no_bytes_behind(
    incident: Incident, actor_bo: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = []
    real = default_storage.save

    def hide_it(*args: Any, **kwargs: Any) -> str:
        Incident.objects.update(is_private=True)
        incident.members.all().delete()
        stored.append(str(real(*args, **kwargs)))
        return stored[-1]

    monkeypatch.setattr(default_storage, "save", hide_it)

    with pytest.raises(NotFound):
        keep_file(number=incident.pk, name="log.txt", content=b"boom", by=actor_bo)
    assert not default_storage.exists(stored[0])


def test_a_file_that_the_store_lost_is_named_and_the_export_goes_on(incident: Incident, actor_bo: Actor) -> None:
    kept = keep_file(number=incident.pk, name="graph.png", content=picture(), by=actor_bo)
    line = talk.say(number=incident.pk, text="look", by=actor_bo, attachments=[kept.pk])
    talk.pin(number=incident.pk, sequence=line.sequence, by=actor_bo)
    lifecycle.resolve_incident(number=incident.pk, by=actor_bo, text="mended")
    default_storage.delete(kept.file.name)

    page = export_postmortem(Incident.objects.get(pk=incident.pk), actor_bo, "html").content.decode()

    assert "graph.png (could not be read" in page
    with pytest.raises(NotFound, match="missing"):
        content_of(kept)


def test_a_file_that_nobody_said_is_gone_after_a_day(incident: Incident, actor_bo: Actor) -> None:
    said = keep_file(number=incident.pk, name="a.txt", content=b"said", by=actor_bo)
    unsaid = keep_file(number=incident.pk, name="b.txt", content=b"unsaid", by=actor_bo)
    talk.say(number=incident.pk, text="", by=actor_bo, attachments=[said.pk])

    kept = forget_unsaid_files()
    clock.shift(timedelta(days=1, minutes=1))

    assert (kept, forget_unsaid_files()) == (0, 1)
    assert list(Attachment.objects.all()) == [said]
    assert default_storage.exists(said.file.name)
    assert not default_storage.exists(unsaid.file.name)


def test_an_hourly_chore_looks_for_them(incident: Incident, actor_bo: Actor) -> None:
    keep_file(number=incident.pk, name="b.txt", content=b"unsaid", by=actor_bo)
    clock.shift(timedelta(days=2))

    clean_up()

    assert not Attachment.objects.exists()
