"""Files that people share in Slack: named with their line at once, kept here when their bytes have come."""

from typing import Any

import pytest

from accounts.actors import SYSTEM
from connections.models import Connection
from incidents.files import content_of
from incidents.models import Attachment, Incident, OutsideFile
from incidents.operations.outside_files import keep_outside_file
from integrations.slack import downloads
from integrations.slack.models import FileFetch
from tests.factories.files import picture
from tests.fakes.slack_server import Channel, FakeSlack, Person, broken, reset
from tests.integrations.slack.working import lines, receive, receive_all, work


@pytest.fixture(autouse=True)
def _store(tmp_path: Any, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def _notes() -> list[str]:
    return list(OutsideFile.objects.order_by("pk").values_list("note", flat=True))


def test_a_picture_is_kept_and_shown_with_its_line(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    slack.share(channel, ada_linked, "graph.png", picture(20, 10), "image/png", text="look")
    receive_all(connection, slack)

    work(slack)

    line = lines(incident)[0]
    [kept] = line.attachments.all()
    assert line.shown_text == "look"
    assert (kept.name, kept.content_type, kept.width, kept.height) == ("graph.png", "image/png", 20, 10)
    assert content_of(kept).startswith(b"\x89PNG")
    assert incident.events.filter(kind="file.kept", target=line).count() == 1


def test_the_line_is_there_before_its_file(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    slack.fail("file", broken(503), times=2)
    slack.share(channel, ada_linked, "trace.txt", b"at 03:02 it broke", "text/plain")
    receive_all(connection, slack)
    work(slack)
    [line] = lines(incident)
    assert (line.shown_text, line.attachments.count()) == ("", 0)
    assert [(file.name, file.state_words) for file in line.outside_files.all()] == [("trace.txt", "on its way")]

    work(slack, seconds=30)

    assert [content_of(kept) for kept in line.attachments.all()] == [b"at 03:02 it broke"]
    assert FileFetch.objects.exclude(state="done").count() == 0


def test_the_same_message_again_fetches_nothing_again(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    parcel = slack.share(channel, ada_linked, "a.txt", b"words", "text/plain")
    receive(connection, parcel)
    work(slack)
    again = slack.event(parcel.event)

    receive(connection, again)
    work(slack)

    assert len(slack.journal.calls("file")) == 1
    assert Attachment.objects.count() == 1


def test_a_connection_that_breaks_in_the_middle_gives_no_half_file(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    slack.fail("file", reset(applies=True))
    slack.share(channel, ada_linked, "dump.bin", b"x" * 200_000)
    receive_all(connection, slack)

    work(slack, seconds=10)

    assert [kept.size for kept in Attachment.objects.all()] == [200_000]


def test_what_is_too_big_stays_in_slack_and_is_named(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person, settings: Any
) -> None:
    settings.ATTACHMENT_LIMIT = 1_048_576
    page = slack.share(channel, ada_linked, "dump.bin", b"x" * 1_048_577).event["files"][0]["permalink"]
    receive_all(connection, slack)

    work(slack)

    assert _notes() == ["stays in Slack: it has more than 1 MB"]
    assert OutsideFile.objects.get().url == page
    assert slack.journal.calls("file") == []


def test_a_size_that_was_understated_is_noticed(connection: Connection, slack: FakeSlack, ada_there: Person) -> None:
    channel = slack.channel("x", ada_there)
    address = slack.share(channel, ada_there, "a", b"x" * 300).event["files"][0]["url_private_download"]

    with pytest.raises(downloads.PartnerTrouble, match="more than 0 MB"):
        downloads.download(connection, address, limit=299, renew=lambda: True)
    assert len(downloads.download(connection, address, limit=300, renew=lambda: True)) == 300


def test_without_the_permission_the_link_says_so(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    slack.world.scopes.discard("files:read")
    slack.share(channel, ada_linked, "graph.png", picture(), "image/png")
    receive_all(connection, slack)

    work(slack)

    assert _notes() == ["stays in Slack: the permission files:read is missing"]


def test_a_picture_that_can_not_be_read_is_named(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    slack.share(channel, ada_linked, "graph.png", b"\x89PNG\r\n but no picture", "image/png")
    receive_all(connection, slack)

    work(slack)

    assert _notes() == ["stays in Slack: The picture can't be read; it may be damaged."]


@pytest.mark.parametrize(
    "address",
    [
        "https://files.example.org/files-pri/F1/a",
        "http://files.slack.com/files-pri/F1/a",
        "https://files.slack.com.example.org/a",
        "https://user@example.org/a",
        "https://files.slack.com:8443/a",
        "https://[::1]/a",
        "ftp://files.slack.com/a",
        "https://slack.com@169.254.169.254/a",
        "",
    ],
)
def test_the_token_goes_to_slack_only(connection: Connection, address: str) -> None:
    with pytest.raises(downloads.PartnerTrouble, match="not Slack's"):
        downloads.download(connection, address, limit=10, renew=lambda: True)


def test_an_event_without_an_address_has_slack_asked(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    parcel = slack.share(channel, ada_linked, "a.txt", b"words", "text/plain")
    event = parcel.event
    event["files"] = [{"id": event["files"][0]["id"], "file_access": "check_file_info"}]
    receive(connection, slack.event(event))

    work(slack)

    assert [content_of(kept) for kept in Attachment.objects.all()] == [b"words"]


def test_a_file_that_is_gone_is_named(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    slack.share(channel, ada_linked, "a.txt", b"words")
    slack.world.files.clear()
    receive_all(connection, slack)

    work(slack)

    assert _notes() == ["stays in Slack: Slack answers 404"]


def test_an_edit_of_the_words_leaves_the_file(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    ts = slack.share(channel, ada_linked, "a.txt", b"words", text="look").event["ts"]
    slack.edit(channel, ts, "")
    receive_all(connection, slack)

    work(slack)

    [line] = lines(incident)
    assert (line.shown_text, line.attachments.count()) == ("", 1)


def test_two_who_fetch_at_once_keep_one(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    slack.share(channel, ada_linked, "a.txt", b"words")
    receive_all(connection, slack)
    work(slack)
    file = OutsideFile.objects.get()

    again = keep_outside_file(file=file, content=b"words", by=SYSTEM)

    assert again == file.attachment
    assert Attachment.objects.count() == 1
