"""The one place that makes markup out of what people wrote, and lets through what can do no harm."""

import re

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

# CommonMark with tables and strikethrough. Markup within the text is text, and nothing is fetched.
_MARKDOWN = MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).enable(
    ["table", "strikethrough"]
)
_TAGS = {
    *("a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li"),
    *("ol", "p", "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}
# What letters are made of besides. What stands in the last is no text for readers.
_LETTER = _TAGS | {
    *("b", "big", "caption", "center", "dd", "div", "dl", "dt", "i", "kbd", "samp", "small"),
    *("sub", "sup", "tfoot", "u"),
}
_DRAWN = _LETTER | {"col", "colgroup", "font", "img", "span"}
_UNREAD = {
    *("audio", "iframe", "math", "noscript", "object", "script", "select", "style", "svg"),
    *("template", "textarea", "title", "video"),
}
_LOOKS = {
    *("background", "background-color", "border", "border-bottom", "border-collapse"),
    *("border-color", "border-left", "border-radius", "border-right", "border-spacing"),
    *("border-style", "border-top", "border-width", "color", "display", "font", "font-family"),
    *("font-size", "font-style", "font-weight", "height", "letter-spacing", "line-height"),
    *("list-style-type", "margin", "margin-bottom", "margin-left", "margin-right", "margin-top"),
    *("max-width", "min-width", "padding", "padding-bottom", "padding-left", "padding-right"),
    *("padding-top", "text-align", "text-decoration", "text-transform", "vertical-align"),
    *("white-space", "width"),
}
_SHAPES = {"align", "bgcolor", "border", "cellpadding", "cellspacing", "color", "dir", "face"}
_SHAPES |= {"height", "size", "style", "valign", "width"}
# A parser of HTML takes time by the square of how deep tags nest: 100,000 of them are a minute, these 50 ms.
_MOST_TAGS = 3_000
_LONGEST = 300_000
# One of Markdown takes some 30 µs for each character of the worst.
_LONGEST_MARKDOWN = 20_000
# Only of what nh3 gives: there each `<` outside of quotes begins a tag.
_TAG = re.compile(r'<[^<>"]*(?:"[^"]*"[^<>"]*)*>')
_HEADING = re.compile(r"(</?h)([1-6])>")
_REMOTE = re.compile(r"<img\b[^>]*\bsrc\s*=\s*[\"']?\s*https?:", re.IGNORECASE)
_PICTURE = re.compile(r"data:image/(?:gif|jpeg|png|webp);base64,[A-Za-z0-9+/=\s]*", re.IGNORECASE)
_FOLLOWED = re.compile(r"(?:https?|mailto):", re.IGNORECASE)
_FAR = re.compile(r"https?:", re.IGNORECASE)
_LONG_QUOTE = 600


def from_markdown(text: str) -> Markup:
    """Safe HTML of a text in Markdown: no scripts, styles, pictures or forms, and links by http, https and mailto."""
    return cleaned(str(_MARKDOWN.render(text)))


def cleaned(html: str) -> Markup:
    """What is harmless of the markup."""
    return _safe(html, _TAGS)


def message(content: str, content_type: str, *, quote: str) -> Markup | None:
    """A message in HTML or Markdown to be read within a page: its words and their order, none of its looks, none of its
    pictures. Long quotes and the one at the end are folded under the word `quote`. None where there is no markup, or
    too much of it: then the text alone can be shown.
    """
    if content_type == "text/markdown" and len(content) <= _LONGEST_MARKDOWN:
        return _readable(from_markdown(content), quote)
    if content_type == "text/html" and drawable(content):
        return _readable(_safe(content, _LETTER), quote)
    return None


def drawable(content: str) -> bool:
    """Whether the HTML is small enough to be taken apart while somebody waits."""
    return len(content) <= _LONGEST and content.count("<") <= _MOST_TAGS


def remote(content: str) -> bool:
    """Whether the HTML has pictures that lie on other machines."""
    return _REMOTE.search(content) is not None


def letter(content: str, *, pictures: bool) -> Markup:
    """A message in HTML with its own looks, for a frame that may do nothing; with `pictures` those on other machines
    too. Only for what is `drawable`."""

    def kept(_tag: str, name: str, value: str) -> str | None:
        if name == "href":
            return value if _FOLLOWED.match(value) else None
        if name == "src":
            shown = _PICTURE.fullmatch(value) or (pictures and _FAR.match(value))
            return value if shown else None
        return value

    safe = nh3.clean(
        content,
        tags=_DRAWN,
        clean_content_tags=_UNREAD,
        attributes={
            "*": _SHAPES,
            "a": {"href"},
            "img": {"alt", "src"},
            "ol": {"start"},
            "td": {"colspan", "rowspan"},
            "th": {"colspan", "rowspan"},
        },
        attribute_filter=kept,
        filter_style_properties=_LOOKS,
        url_schemes={"http", "https", "mailto", "data"},
        link_rel="noopener noreferrer nofollow",
    )
    return Markup(safe)  # noqa: S704  # that is what it was cleaned for


def _safe(html: str, tags: set[str]) -> Markup:
    safe = nh3.clean(
        html,
        tags=tags,
        clean_content_tags=_UNREAD,
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    return Markup(safe)  # noqa: S704  # that is what it was cleaned for


def _readable(safe: Markup, quote: str) -> Markup:
    """Headings below those of the page, and quotes folded. `safe` is of this module: changed are whole tags alone."""
    text = str(safe)
    tags = list(_TAG.finditer(text))
    begins, ends = _folds(text, tags)
    before = f'<details class="quoted"><summary>{escape(quote)}</summary>'
    parts, past = [], 0
    for tag in tags:
        parts.append(text[past : tag.start()])
        parts.append(before if tag.start() in begins else "")
        parts.append(_HEADING.sub(_lower, tag.group()))
        parts.append("</details>" if tag.end() in ends else "")
        past = tag.end()
    return Markup("".join((*parts, text[past:])))  # noqa: S704  # as safe as it was


def _lower(found: re.Match[str]) -> str:
    return f"{found[1]}{min(int(found[2]) + 2, 6)}>"


def _folds(safe: str, tags: list[re.Match[str]]) -> tuple[set[int], set[int]]:
    """Where the outermost quotes begin and end that are long, or after which nothing is said."""
    begins: set[int] = set()
    ends: set[int] = set()
    said = _said_until(safe, tags)
    depth = start = 0
    for tag in tags:
        if tag.group() == "<blockquote>":
            start = start if depth else tag.start()
            depth += 1
        elif tag.group() == "</blockquote>":
            depth -= 1
            if not depth and (tag.end() >= said or tag.end() - start > _LONG_QUOTE):
                begins.add(start)
                ends.add(tag.end())
    return begins, ends


def _said_until(safe: str, tags: list[re.Match[str]]) -> int:
    """Where the last of the words ends."""
    end = len(safe)
    for tag in reversed(tags):
        if safe[tag.end() : end].strip():
            return end
        end = tag.start()
    return end
