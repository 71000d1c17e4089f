"""Files of messages come after their line: fetched outside any transaction, kept as private attachments."""

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings

from accounts.actors import Actor
from common import clock, doorbell
from common.errors import PartnerTrouble, Refused, Unavailable
from common.pending import backoff
from connections.models import Connection
from incidents.models import OutsideFile
from incidents.operations.outside_files import keep_outside_file, leave_outside_file
from integrations.slack.client import check_not_paused, client_for
from integrations.slack.downloads import download, too_big
from integrations.slack.models import FileFetch
from integrations.slack.values import SharedFile

#: about an hour of growing pauses
_MOST_TRIES = 16


def plan(connection: Connection, line: str, files: Sequence[SharedFile]) -> None:
    """Have the files of a line fetched; joins the running transaction. Planned already: nothing changes."""
    addresses = {file.id: file.download for file in files}
    if not addresses:
        return
    rows = OutsideFile.objects.filter(event__outside_id=line, outside_id__in=addresses)
    for row in rows.exclude(pk__in=FileFetch.objects.filter(file__in=rows).values("file_id")):
        address = addresses[row.outside_id]
        FileFetch.objects.create(
            connection=connection, file=row, address=address if len(address) <= 1000 else "", due_at=clock.now()
        )
    doorbell.ring_after_commit(FileFetch)


def fetch(row: FileFetch) -> None:
    """Fetch one file and keep it, or say beside its link why it stays in Slack."""
    file = OutsideFile.objects.select_related("event").get(pk=row.file_id)
    by = Actor.machine(row.connection.name, row.connection.kind)
    if file.attachment_id is not None or file.event.deleted_at is not None:
        row.done()
        return
    try:
        check_not_paused(row.connection)
        if file.size > settings.ATTACHMENT_LIMIT:
            raise too_big(settings.ATTACHMENT_LIMIT)
        content = download(row.connection, _address(row), limit=settings.ATTACHMENT_LIMIT, renew=row.renew)
        keep_outside_file(file=file, content=content, by=by)
    except PartnerTrouble as trouble:
        _not_fetched(row, file, by, trouble)
        return
    except Unavailable as error:
        row.again(error=error.message, at=clock.now() + backoff(row.attempts + 1), attempts=row.attempts + 1)
        return
    except Refused as refused:
        leave_outside_file(file=file, why=f"stays in Slack: {refused.message}", by=by)
        row.done()
        return
    row.done()


def _address(row: FileFetch) -> str:
    """Where the bytes are. Slack leaves the address out of some events; then it is asked.

    :raises PartnerTrouble: it does not say.
    """
    if row.address:
        return row.address
    found = client_for(row.connection).call("files.info", file=row.file.outside_id).get("file") or {}
    address = str(found.get("url_private_download") or found.get("url_private") or "")
    if not address:
        raise PartnerTrouble("Slack names no address for it", permanent=True, code="no_address")
    return address


def _not_fetched(row: FileFetch, file: OutsideFile, by: Actor, trouble: PartnerTrouble) -> None:
    tries = row.attempts + 1
    if trouble.permanent or (tries >= _MOST_TRIES and trouble.retry_after is None):
        leave_outside_file(file=file, why=f"stays in Slack: {trouble.message}", by=by)
        row.done(attempts=tries)
        return
    if trouble.retry_after is not None:
        row.again(error=trouble.message, at=clock.now() + timedelta(seconds=trouble.retry_after), attempts=row.attempts)
        return
    row.again(error=trouble.message, at=clock.now() + backoff(tries), attempts=tries)
