"""OKLCH to sRGB and WCAG contrast, in the few lines that the design test needs."""

import math
import re
from pathlib import Path

Colour = tuple[float, float, float]  # lightness, chroma, hue

_COLOUR = r"oklch\(\s*([\d.]+)\s+([\d.]+)\s+([\d.]+|var\(--hue\))\s*(?:/\s*[\d.]+\s*)?\)"
_PAIR = re.compile(rf"(--[\w-]+):\s*light-dark\({_COLOUR},\s*{_COLOUR}\)")
_SINGLE = re.compile(rf"(--[\w-]+):\s*{_COLOUR};")


def linear_rgb(colour: Colour) -> Colour:
    """Return linear sRGB; a component outside 0..1 means that screens can't show the colour."""
    lightness, chroma, hue = colour
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def srgb(colour: Colour) -> Colour:
    """Return gamma-encoded sRGB in 0..1, clipped as browsers clip."""

    def encode(part: float) -> float:
        part = min(max(part, 0.0), 1.0)
        return 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055

    red, green, blue = linear_rgb(colour)
    return encode(red), encode(green), encode(blue)


def luminance(colour: Colour) -> float:
    red, green, blue = (min(max(part, 0.0), 1.0) for part in linear_rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    """Return the WCAG contrast ratio, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def themes(sheet: Path, hue: float = 0.0) -> dict[str, dict[str, Colour]]:
    """Return the colours of tokens.css by theme and name; `hue` stands in for a person's hue."""
    text = sheet.read_text(encoding="utf-8")

    def colour(lightness: str, chroma: str, angle: str) -> Colour:
        return float(lightness), float(chroma), hue if angle.startswith("var") else float(angle)

    light: dict[str, Colour] = {}
    dark: dict[str, Colour] = {}
    for name, *parts in _PAIR.findall(text):
        light[name], dark[name] = colour(*parts[:3]), colour(*parts[3:])
    night = {name: colour(*parts) for name, *parts in _SINGLE.findall(text)}
    return {"light": light, "dark": dark, "night": night}
