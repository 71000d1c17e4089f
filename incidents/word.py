"""Markdown as a Word document, by python-docx over the same markdown tokens as everywhere."""

import io
import re

from docx import Document
from docx.text.paragraph import Paragraph
from markdown_it import MarkdownIt
from markdown_it.token import Token

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def to_docx(title: str, standing: str, markdown: str) -> bytes:
    """Return a .docx of a title, a line about its standing, and markdown (headings, lists, tables, code)."""
    document = Document()
    document.core_properties.title = title[:250]
    document.core_properties.author = "Warroom"
    document.add_heading(_clean(title), level=0)
    document.add_paragraph(_clean(standing.strip("_"))).runs[0].italic = True
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    _Writer(document).write(parser.parse(markdown))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _clean(text: str) -> str:
    return _CONTROL.sub("", text)


class _Writer:
    """Walks block tokens and writes paragraphs."""

    def __init__(self, document: "Document") -> None:
        self._document = document
        self._lists: list[str] = []
        self._heading = 0
        self._quote = 0
        self._rows: list[list[Token]] = []

    def write(self, tokens: list[Token]) -> None:
        in_table = False
        for token in tokens:
            kind = token.type
            if kind == "table_open":
                in_table, self._rows = True, []
            elif kind == "table_close":
                in_table = False
                self._table()
            elif kind == "tr_open":
                self._rows.append([])
            elif in_table and kind == "inline":
                self._rows[-1].append(token)
            elif kind == "heading_open":
                self._heading = int(token.tag[1])
            elif kind == "heading_close":
                self._heading = 0
            elif kind in ("bullet_list_open", "ordered_list_open"):
                self._lists.append("List Bullet" if kind.startswith("bullet") else "List Number")
            elif kind in ("bullet_list_close", "ordered_list_close"):
                self._lists.pop()
            elif kind == "blockquote_open":
                self._quote += 1
            elif kind == "blockquote_close":
                self._quote -= 1
            elif kind in ("fence", "code_block"):
                self._document.add_paragraph().add_run(_clean(token.content.rstrip())).font.name = "Courier New"
            elif kind == "inline":
                self._inline(self._paragraph(), token)

    def _paragraph(self) -> Paragraph:
        if self._heading:
            return self._document.add_heading("", level=min(self._heading, 4))
        if self._lists:
            depth = min(len(self._lists), 3)
            return self._document.add_paragraph(style=self._lists[-1] + (f" {depth}" if depth > 1 else ""))
        return self._document.add_paragraph(style="Quote" if self._quote else None)

    def _inline(self, paragraph: Paragraph, token: Token) -> None:
        bold = italic = strike = 0
        href = ""
        for child in token.children or []:
            if child.type in ("strong_open", "strong_close"):
                bold += child.nesting
            elif child.type in ("em_open", "em_close"):
                italic += child.nesting
            elif child.type in ("s_open", "s_close"):
                strike += child.nesting
            elif child.type == "link_open":
                href = str(child.attrGet("href") or "")
            elif child.type == "link_close":
                if href.startswith(("http://", "https://")):
                    paragraph.add_run(f" ({_clean(href)})")
                href = ""
            elif child.type == "image":
                source = str(child.attrGet("src") or "")
                beside = f" ({source})" if source.startswith(("http://", "https://")) and not href else ""
                paragraph.add_run(_clean(f"{child.content or 'picture'}{beside}"))
            elif child.type in ("softbreak", "hardbreak"):
                paragraph.add_run().add_break()
            elif child.content:
                run = paragraph.add_run(_clean(child.content))
                run.bold, run.italic = bool(bold) or None, bool(italic) or None
                run.font.strike = bool(strike) or None
                if child.type == "code_inline":
                    run.font.name = "Courier New"

    def _table(self) -> None:
        width = max((len(row) for row in self._rows), default=0)
        if not width:
            return
        table = self._document.add_table(rows=0, cols=width, style="Light Grid Accent 1")
        for row in self._rows:
            cells = table.add_row().cells
            for cell, token in zip(cells, row, strict=False):
                self._inline(cell.paragraphs[0], token)
