"""A picture under way: text and boxes from above, as SVG that reads by day and by night."""

from collections.abc import Mapping, Sequence
from html import escape

from integrations.slack.pictures.runs import Run, runs_of, width_of, wrap
from integrations.slack.text import unescape

WIDTH = 400
SIZE, LINE = 14.0, 20.0

#: by day, and by night where the reader's device says so
_SHEET = (
    "text{font:14px system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;fill:#1d1c1d;white-space:pre}"
    ".big{font-size:17px;font-weight:700}.small{font-size:12px}.soft{fill:#55535a}.bold{font-weight:700}"
    ".italic{font-style:italic}.strike{text-decoration:line-through}"
    ".code,.mono{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:12.5px}.code{fill:#a3142b}"
    ".link{fill:#0f5aa8}.on{fill:#fff;font-weight:700}.page{fill:#fff}.well{fill:#f4f3f5}"
    ".edge{fill:none;stroke:#8a8790}.rule{stroke:#dbd9de}.bar{fill:#c9c6ce}"
    ".primary{fill:#0a6b50}.danger{fill:#b3122d}.face{fill:#4b3a86}.other{fill:#0f5aa8}"
    "@media(prefers-color-scheme:dark){text{fill:#e6e4e8}.soft{fill:#aeabb4}.code{fill:#f2899b}.link{fill:#7ab8f5}"
    ".on{fill:#fff}.page{fill:#1a1d21}.well{fill:#26292e}.edge{stroke:#84818b}.rule{stroke:#3a3d43}"
    ".bar{fill:#4a4d54}.face{fill:#6d5bb0}.other{fill:#2f6fb5}}"
)


class Paper:
    """Grows downwards: `y` is where the next thing begins. `people` are names by Slack's ids."""

    def __init__(self, people: Mapping[str, str] | None = None) -> None:
        self.people = people or {}
        self.y = 0.0
        self._drawn: list[str] = []

    def svg(self, title: str) -> str:
        """The whole picture, as tall as it became."""
        height = round(self.y)
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
            f'viewBox="0 0 {WIDTH} {height}" role="img">'
        )
        paper = f'<rect class="page" width="{WIDTH}" height="{height}" rx="8"/>'
        frame = f'<rect class="edge" x=".5" y=".5" width="{WIDTH - 1}" height="{height - 1}" rx="8"/>'
        lines = [head, f"<title>{escape(title)}</title>", f"<style>{_SHEET}</style>", paper, *self._drawn, frame]
        return "\n".join([*lines, "</svg>"]) + "\n"

    def box(self, style: str, x: float, y: float, width: float, height: float, radius: float = 4) -> None:
        """A box; `style` says whether it is filled or only an edge."""
        self._drawn.append(
            f'<rect class="{style}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{radius:g}"/>'
        )

    def rule(self, x: float, width: float) -> None:
        """A thin line across."""
        self._drawn.append(f'<path class="rule" d="M{x:g} {self.y:g}h{width:g}"/>')

    def mark(self, path: str, x: float, y: float) -> None:
        """A small sign drawn with a line."""
        self._drawn.append(f'<path class="edge" transform="translate({x:g} {y:g})" d="{path}"/>')

    def say(self, runs: Sequence[Run], x: float, baseline: float, *, middle: bool = False) -> None:
        """One line at a place."""
        inner = "".join(
            f'<tspan class="{run.style}">{escape(run.text, quote=False)}</tspan>'
            if run.style
            else escape(run.text, quote=False)
            for run in runs
        )
        # A style for the whole line needs no piece of its own.
        if len(runs) == 1 and runs[0].style:
            anchor = ' text-anchor="middle"' if middle else ""
            text = escape(runs[0].text, quote=False)
            self._drawn.append(f'<text class="{runs[0].style}" x="{x:g}" y="{baseline:g}"{anchor}>{text}</text>')
            return
        anchor = ' text-anchor="middle"' if middle else ""
        self._drawn.append(f'<text x="{x:g}" y="{baseline:g}"{anchor}>{inner}</text>')

    def plain(self, text: str, x: float, width: float, style: str = "", *, size: float = SIZE) -> None:
        """Words without marks, broken into lines."""
        self._lines(wrap([Run(text, style)], width, size), x, size)

    def mrkdwn(self, text: str, x: float, width: float) -> None:
        """Slack's text: lines, quotes, fences."""
        in_fence = False
        for part in text.split("```"):
            if in_fence:
                self._fence(part.strip("\n"), x, width)
            else:
                self._prose(part.strip("\n") if "```" in text else part, x, width)
            in_fence = not in_fence

    def _prose(self, text: str, x: float, width: float) -> None:
        for line in text.split("\n") if text else []:
            quoted = line.startswith(("> ", "&gt; "))
            if not line.strip():
                self.y += LINE / 2
                continue
            shown = line.split(" ", 1)[1] if quoted else line
            lines = wrap(runs_of(shown), width - (14 if quoted else 0), SIZE)
            if quoted:
                self.box("bar", x, self.y, 4, LINE * len(lines), 2)
            self._lines(lines, x + (14 if quoted else 0), SIZE)

    def _fence(self, text: str, x: float, width: float) -> None:
        lines = [found for line in text.split("\n") for found in wrap(runs_of_plain(line), width - 20, 12.5)]
        height = LINE * len(lines) + 12
        self.y += 4
        self.box("well", x, self.y, width, height)
        top, self.y = self.y, self.y + 6
        self._lines(lines, x + 10, 12.5)
        self.y = top + height + 4

    def _lines(self, lines: Sequence[Sequence[Run]], x: float, size: float) -> None:
        for line in lines:
            self.say(line, x, self.y + LINE * 0.72)
            self.y += LINE if size <= SIZE else LINE + 4

    def width(self, text: str, style: str = "") -> float:
        """About how wide a text is here."""
        return width_of(text, SIZE, style)


def runs_of_plain(text: str) -> list[Run]:
    """Text of a fence: no marks, every sign as wide as the other."""
    return [Run(unescape(text) or " ", "mono")]
