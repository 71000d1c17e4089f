"""Files of lines that were written in another chat: named at once, kept when their bytes have come."""

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.actors import Actor
from common.operations import operation
from incidents import files
from incidents.models import Attachment, OutsideFile, TimelineEvent
from incidents.operations.attachments import prepared
from incidents.operations.base import lock_incident, write_change
from incidents.permissions import Doing
from incidents.rules import texts

_LONGEST_URL = 1000


@dataclass(frozen=True)
class Elsewhere:
    """A file in another chat: its id and its page there."""

    outside_id: str
    name: str
    url: str = ""
    size: int = 0


def name_files(event: TimelineEvent, found: Sequence[Elsewhere]) -> None:
    """Name the files of a line that is being said; joins the running transaction."""
    OutsideFile.objects.bulk_create(
        [
            OutsideFile(
                event=event,
                outside_id=one.outside_id[:120],
                name=texts.legible(" ".join(one.name.split()))[:200] or "file",
                url=one.url if len(one.url) <= _LONGEST_URL else "",
                size=max(0, one.size),
            )
            for one in {one.outside_id[:120]: one for one in found}.values()
        ]
    )


def keep_outside_file(*, file: OutsideFile, content: bytes, by: Actor) -> Attachment | None:
    """Keep the bytes of a file as a private attachment of its line. Kept already: the one that is there.

    None where the line was deleted meanwhile. Storing happens before the operation, as for an upload.

    :raises Invalid: empty, over the limit, or a picture that can't be read.
    :raises Unavailable: the store does not take it.
    """
    attachment, content = prepared(file.event.incident_id, file.name, content, by)
    files.store(attachment, content)
    kept = None
    try:
        kept = _keep(file, attachment, by)
    finally:
        if kept != attachment:
            files.discard(attachment)
    return kept


@operation
def _keep(file: OutsideFile, attachment: Attachment, by: Actor) -> Attachment | None:
    incident = lock_incident(attachment.incident_id, by, Doing.SPEAK)
    row = OutsideFile.objects.select_related("event", "attachment").get(pk=file.pk)
    if row.attachment is not None or row.event.deleted_at is not None:
        return row.attachment
    attachment.event = row.event
    attachment.save()
    OutsideFile.objects.filter(pk=row.pk).update(attachment=attachment, note="")
    data = {"name": row.name, "attachment": attachment.pk}
    write_change(incident, "file.kept", by=by, data=data, target=row.event, shown_on_cards=False)
    return attachment


@operation
def leave_outside_file(*, file: OutsideFile, why: str, by: Actor) -> None:
    """Say why a file stays where it is; its link stays."""
    incident = lock_incident(file.event.incident_id, by, Doing.SPEAK)
    row = OutsideFile.objects.select_related("event").get(pk=file.pk)
    if row.attachment_id is None and row.note != why[:200]:
        OutsideFile.objects.filter(pk=row.pk).update(note=why[:200])
        data = {"name": row.name, "why": why[:200]}
        write_change(incident, "file.left", by=by, data=data, target=row.event, shown_on_cards=False)
