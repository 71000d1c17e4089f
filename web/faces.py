"""Faces as pictures, for chats that show who wrote a line. Open to everybody: a path says two letters and a hue."""

import functools
import io
import math
import re

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from PIL import Image, ImageDraw, ImageFont

from common.faces import HUES

_SIDE = 96
_FACE = re.compile(r"(\d{1,2})-([a-z0-9]{1,2})")
_YEAR = 365 * 24 * 3600


@require_safe
def face(request: HttpRequest, face: str) -> HttpResponse:
    """Two letters in their hue. The same path is the same picture for ever."""
    found = _FACE.fullmatch(face)
    if found is None or int(found[1]) >= HUES:
        raise Http404
    answer = HttpResponse(_drawn(int(found[1]), found[2].upper()), content_type="image/png")
    answer["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
    return answer


@functools.lru_cache(maxsize=256)
def _drawn(hue: int, letters: str) -> bytes:
    image = Image.new("RGB", (_SIDE, _SIDE), _rgb(0.89, 0.055, 10 + 30 * hue))
    ink = _rgb(0.38, 0.062, 10 + 30 * hue)
    font = ImageFont.load_default(size=_SIDE * 0.44)
    ImageDraw.Draw(image).text((_SIDE / 2, _SIDE / 2), letters, fill=ink, font=font, anchor="mm", stroke_width=1)
    out = io.BytesIO()
    image.save(out, format="PNG", optimize=True)
    return out.getvalue()


def _rgb(lightness: float, chroma: float, hue: float) -> tuple[int, int, int]:
    """OKLCH as the style sheets write it, in sRGB (bottosson.github.io/posts/oklab)."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short
    return _channel(red), _channel(green), _channel(blue)


def _channel(value: float) -> int:
    light = min(1.0, max(0.0, value))
    return round(255 * (12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055))
