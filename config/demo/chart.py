"""A small picture for the demo, drawn when it is needed."""

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw

_SIZE, _EDGE = (640, 240), 24
_PAPER, _LINE, _GRID = (255, 255, 255), (176, 42, 55), (222, 224, 228)


def chart(values: Sequence[float]) -> bytes:
    """A line through these values, from left to right, as PNG."""
    image = Image.new("RGB", _SIZE, _PAPER)
    draw = ImageDraw.Draw(image)
    width, height = _SIZE[0] - 2 * _EDGE, _SIZE[1] - 2 * _EDGE
    for part in range(5):
        y = _EDGE + height * part / 4
        draw.line([(_EDGE, y), (_SIZE[0] - _EDGE, y)], fill=_GRID)
    most = max(values)
    points = [
        (_EDGE + width * n / (len(values) - 1), _EDGE + height * (1 - value / most)) for n, value in enumerate(values)
    ]
    draw.line(points, fill=_LINE, width=3, joint="curve")
    out = io.BytesIO()
    image.save(out, format="PNG")
    return out.getvalue()
