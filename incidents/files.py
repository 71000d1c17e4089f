"""Where the bytes of attachments lie: a directory or a bucket, which may be slow or away."""

import logging

from django.core.files.base import ContentFile

from common.errors import NotFound, Unavailable
from incidents.models import Attachment

log = logging.getLogger(__name__)

_AGAIN = "Try again. If it stays so, an administrator finds the cause in the log of the web process."


def store(attachment: Attachment, content: bytes) -> None:
    """Store the bytes under a name made of their digest; the row is not saved.

    :raises Unavailable: the store does not take them.
    """
    try:
        attachment.file.save(attachment.digest[:32], ContentFile(content), save=False)
    except Exception as error:
        log.exception("a file of #%s could not be stored", attachment.incident_id)
        raise Unavailable("The file could not be stored.", field="file", hint=_AGAIN) from error


def discard(attachment: Attachment) -> None:
    """Take the bytes away again; where that fails they stay, and the log names them."""
    try:
        attachment.file.delete(save=False)
    except Exception:
        log.exception("%s stays in the store although nothing names it", attachment.file.name)


def content_of(attachment: Attachment) -> bytes:
    """Return the bytes.

    :raises NotFound: the store has lost them. :raises Unavailable: it does not answer.
    """
    try:
        with attachment.file.open("rb") as file:
            content: bytes = file.read()
    except FileNotFoundError as error:
        log.error("%s is missing in the store", attachment.file.name)
        raise NotFound("The file's content is missing in the store.", code="file-lost") from error
    except Exception as error:
        log.exception("%s can't be read", attachment.file.name)
        raise Unavailable("The file can't be read now.", hint=_AGAIN) from error
    return content
