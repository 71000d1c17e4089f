"""Files: checked by content, images re-encoded, kept privately."""

import hashlib
import io
import warnings

from django.conf import settings
from PIL import Image, ImageOps, UnidentifiedImageError

from accounts.actors import Actor
from common.errors import Invalid
from common.operations import operation
from incidents import files
from incidents.models import Attachment
from incidents.operations.base import ask_first, lock_incident
from incidents.permissions import Doing
from incidents.rules import texts

_MOST_PIXELS = 40_000_000
_FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}


def keep_file(*, number: int, name: str, content: bytes, by: Actor, alt: str = "") -> Attachment:
    """Keep a file for this incident; a line names it afterwards.

    Images are decoded and written anew, which removes metadata and anything hidden behind the picture;
    every other type is kept as it is and only ever offered as a download. Decoding and storing happen
    before the operation: the store may be slow or away, and no room waits for it.

    :raises Invalid: empty, over the limit, or a picture that can't be read or is too large.
    :raises Unavailable: the store does not take it.
    """
    attachment, content = prepared(number, name, content, by, alt)
    files.store(attachment, content)
    try:
        _record(attachment, by)
    except Exception:
        files.discard(attachment)
        raise
    return attachment


def prepared(number: int, name: str, content: bytes, by: Actor, alt: str = "") -> tuple[Attachment, bytes]:
    """Return the row, not saved yet, and the bytes to keep: pictures written anew.

    :raises Invalid: as `keep_file` does.
    """
    if not content:
        raise Invalid("The file is empty.", field="file")
    if len(content) > settings.ATTACHMENT_LIMIT:
        raise Invalid(f"Files may have {settings.ATTACHMENT_LIMIT // 1_048_576} MB; this one has more.", field="file")
    ask_first(number, by, Doing.SPEAK)
    attachment = Attachment(
        incident_id=number,
        uploaded_by=by.user,
        name=texts.clean(name.replace("/", "_").replace("\\", "_"), "name", most=200, one_line=True) or "file",
        alt=texts.clean(alt, "alt", most=300, one_line=True),
        content_type="application/octet-stream",
    )
    if looks_like_image(content):
        content, attachment.content_type, attachment.width, attachment.height = reencode(content)
    attachment.size = len(content)
    attachment.digest = hashlib.sha256(content).hexdigest()
    return attachment, content


@operation
def _record(attachment: Attachment, by: Actor) -> None:
    lock_incident(attachment.incident_id, by, Doing.SPEAK)
    attachment.save()


def looks_like_image(content: bytes) -> bool:
    """Tell by the first bytes; names and declared types are not trusted."""
    return content.startswith((b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")) or (
        content[:4] == b"RIFF" and content[8:12] == b"WEBP"
    )


def reencode(content: bytes) -> tuple[bytes, str, int, int]:
    """Return the picture written anew, its type, width and height.

    :raises Invalid: unreadable or more than 40 megapixels.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image: Image.Image = Image.open(io.BytesIO(content), formats=list(_FORMATS))
            form = image.format or "PNG"
            if image.width * image.height > _MOST_PIXELS:
                raise Invalid("The picture has more than 40 megapixels; scale it down.", field="file")
            image = ImageOps.exif_transpose(image)
            if form == "GIF":
                form = "PNG"
            if form == "JPEG" and image.mode not in ("RGB", "L"):
                image = image.convert("RGB")
            out = io.BytesIO()
            image.save(out, format=form)
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ):
        raise Invalid("The picture can't be read; it may be damaged.", field="file")
    return out.getvalue(), _FORMATS[form], image.width, image.height
