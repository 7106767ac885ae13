"""HTML as plain text, for the readers of mail who see no markup."""

import re
from html import unescape
from html.parser import HTMLParser

_PARAGRAPHS = frozenset(
    ("blockquote", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "table", "ul")
)
_BLOCKS = _PARAGRAPHS | frozenset(
    (
        *("address", "article", "aside", "dd", "div", "dt", "fieldset", "figcaption", "figure"),
        *("footer", "form", "header", "hr", "li", "main", "nav", "section", "tr"),
    )
)
_HIDDEN = frozenset(("head", "script", "style", "template", "title"))
# The parser looks for the end of what is open in all that it holds, again for every tag in it: of 50,000 comments that
# nobody closed that was a minute. Fed in pieces it looks so many times at most.
_PIECES, _PIECE = 16, 16_384
# What lies beyond is read without a parser, which takes some microseconds for every tag.
_PARSED = 300_000
_MARKUP = re.compile(r"<!--.*?(?:-->|\Z)|<[^<>]*>", re.DOTALL)


def from_html(html: str) -> str:
    """The text of `html` in lines, list items with a dash, links followed by where they lead.

    For reading, not for safety: the result is text, and whoever shows it as HTML must escape it.
    """
    writer = _Writer()
    head, rest = html[:_PARSED], html[_PARSED:]
    piece = max(_PIECE, len(head) // _PIECES)
    for start in range(0, len(head), piece):
        writer.feed(head[start : start + piece])
    # A tag or a comment that never ends, or none: it is text.
    writer.handle_data(unescape(writer.rawdata))
    writer.parts.append(roughly(rest))
    return _lines("".join(writer.parts))


def roughly(html: str) -> str:
    """What stands between the tags. For much, and for many: a hundredth of the time."""
    return unescape(_MARKUP.sub(" ", html))


def _lines(text: str) -> str:
    lines = [line.rstrip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


class _Writer(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0
        self._pre = 0
        self._links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag == "br":
            self.parts.append("\n")
        elif tag == "a":
            self._links.append((dict(attrs).get("href") or "", len(self.parts)))
        elif tag in _BLOCKS:
            self._break(tag)
            self._pre += tag == "pre"
        if tag == "li":
            self.parts.append("- ")
        elif tag in {"td", "th"} and self.parts and not self.parts[-1].endswith("\n"):
            self.parts.append("  ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag == "a" and self._links:
            self._close_link(*self._links.pop())
        elif tag in _BLOCKS:
            self._pre = max(0, self._pre - (tag == "pre"))
            self._break(tag)

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        if self._pre:
            self.parts.append(data)
            return
        text = re.sub(r"[ \t\r\n\f]+", " ", data)
        if not self.parts or self.parts[-1].endswith(("\n", " ")):
            text = text.lstrip(" ")
        if text:
            self.parts.append(text)

    def _break(self, tag: str) -> None:
        """Begin a new line, or after a paragraph an empty one; `from_html` takes away too many."""
        if not self.parts:
            return
        while self.parts and self.parts[-1] == " ":
            self.parts.pop()
        if tag in _PARAGRAPHS:
            self.parts.append("\n\n")
        elif self.parts and not self.parts[-1].endswith("\n"):
            self.parts.append("\n")

    def _close_link(self, href: str, start: int) -> None:
        target = href.removeprefix("mailto:")
        if href.startswith(("http:", "https:", "mailto:")) and not self._says(target, start):
            self.parts.append(f" <{target}>")

    def _says(self, target: str, start: int) -> bool:
        """Whether that is all that was written since; no more is read than that takes."""
        room = len(target) + 2
        said = "".join(self.parts[start : start + room])
        return len(self.parts) - start <= room and said.strip() == target
