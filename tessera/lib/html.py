"""The one place that makes markup out of what people wrote, and lets through what can do no harm."""

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

# CommonMark with tables and strikethrough. Markup within the text is text, and nothing is fetched.
_MARKDOWN = MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).enable(
    ["table", "strikethrough"]
)
_TAGS = {
    *("a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li"),
    *("ol", "p", "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}


def from_markdown(text: str) -> Markup:
    """Safe HTML of a text in Markdown: no scripts, styles, pictures or forms, and links by http, https and mailto."""
    return cleaned(str(_MARKDOWN.render(text)))


def cleaned(html: str) -> Markup:
    """What is harmless of the markup."""
    safe = nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    return Markup(safe)  # noqa: S704  # that is what it was cleaned for
