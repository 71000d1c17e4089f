"""Pages of the docs that are drawn from the code: what things look like in Slack."""

from itertools import groupby

from integrations.slack.pictures.scenes import Picture, pictures

_PAGE = """# What it looks like in Slack

Drawn from the code by `make docs`; a test holds the two together.

Each picture is drawn from the very request that Warroom sends to Slack, played by Ada, Bo, Cleo and Dan. Slack's
own fonts and colours differ; words, order and buttons are these. Widths are those of a phone.

"""


def pages() -> dict[str, str]:
    """The page and its pictures: file name → text."""
    drawn = pictures()
    parts = [f"## {part}\n\n" + "\n".join(map(_entry, found)) for part, found in groupby(drawn, lambda one: one.part)]
    return {"slack.md": _PAGE + "\n".join(parts), **{f"slack/{one.name}.svg": one.svg for one in drawn}}


def _entry(picture: Picture) -> str:
    alt = picture.title.replace("`", "")
    return f"### {picture.title}\n\n{picture.says}\n\n![{alt}](slack/{picture.name}.svg)\n"
