"""Attachments lie in a directory or in a bucket; what can't be meant is refused at the start."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.test import override_settings
from moto.server import ThreadedMotoServer

from accounts.actors import Actor
from common.errors import NotFound
from config.files import storage_of
from incidents.files import content_of
from incidents.models import Attachment, Incident
from incidents.operations import talk
from incidents.operations.attachments import keep_file
from tests.factories import make_incident
from tests.factories.files import picture

DEFAULT = Path("/srv/warroom/files")


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("", "/srv/warroom/files"),
        ("/mnt/files", "/mnt/files"),
        ("files", "files"),
        ("file:///mnt/our%20files", "/mnt/our files"),
    ],
)
def test_a_directory(url: str, place: str) -> None:
    assert storage_of(url, DEFAULT)["OPTIONS"]["location"] == place


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("https://bucket.example.org", "s3://bucket"),
        ("file://mnt/files", "three slashes"),
        ("s3://", "s3://bucket/folder"),
        ("s3://key:secret@bucket", "AWS_ACCESS_KEY_ID"),
        ("s3://bucket?regoin=eu-west-1", "regoin is not one of"),
        ("s3://bucket?addressing=both", "addressing is one of"),
    ],
)
def test_what_can_not_be_meant_is_refused(url: str, says: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=says) as refused:
        storage_of(url, DEFAULT)
    assert "secret" not in str(refused.value).lower().replace("aws_secret_access_key", "")


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """A server that speaks S3, on this machine."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    address = f"http://127.0.0.1:{port}"
    keys = {"aws_access_key_id": "for-tests", "aws_secret_access_key": "for-tests"}
    boto3.client("s3", region_name="eu-west-1", endpoint_url=address, **keys).create_bucket(
        Bucket="warroom", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    yield address
    server.stop()


@pytest.fixture
def bucket(s3: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Storage]:
    """The default storage is a bucket on that server."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "for-tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "for-tests")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    url = f"s3://warroom/our/files?region=eu-west-1&endpoint={s3}&addressing=path"
    with override_settings(STORAGES={"default": storage_of(url, DEFAULT)}):
        yield storages["default"]


@pytest.fixture
def incident(ada: object) -> Incident:
    return make_incident(by=ada)


@pytest.mark.django_db
def test_a_bucket_keeps_files_and_gives_them_back(bucket: Storage, incident: Incident, actor_ada: Actor) -> None:
    kept = keep_file(number=incident.pk, name="graph.png", content=picture(), by=actor_ada)
    talk.say(number=incident.pk, text="look", by=actor_ada, attachments=[kept.pk])

    found = Attachment.objects.get(pk=kept.pk)

    assert content_of(found).startswith(b"\x89PNG")
    assert bucket.exists(found.file.name)


@pytest.mark.django_db
def test_what_the_bucket_lost_is_said(bucket: Storage, incident: Incident, actor_ada: Actor) -> None:
    kept = keep_file(number=incident.pk, name="log.txt", content=b"boom", by=actor_ada)
    bucket.delete(kept.file.name)

    with pytest.raises(NotFound, match="missing"):
        content_of(kept)


def test_a_name_is_not_written_over(bucket: Storage) -> None:
    first = bucket.save("a", ContentFile(b"1"))
    second = bucket.save("a", ContentFile(b"2"))

    assert first != second
    with bucket.open(first) as file:
        assert file.read() == b"1"
