"""Small files."""

import io

from PIL import Image


def picture(width: int = 8, height: int = 8, form: str = "PNG") -> bytes:
    """Return a small picture."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 30)).save(out, format=form)
    return out.getvalue()
