"""Files are taken for what they are, not for what they say they are."""

import io

import pytest
from PIL import Image

from accounts.actors import Actor
from common.errors import Invalid
from incidents.models import Incident
from incidents.operations import talk
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
