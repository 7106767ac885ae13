"""What is let through of markup that strangers wrote, and what it costs to find out."""

import time

import pytest

from tessera.lib import html, quotes
from tessera.lib.quotes import Part


def read(content: str, content_type: str = "text/html") -> str | None:
    return html.message(content, content_type, quote="Quoted <text>")


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("<p style='color:red' onclick=x()>Hi <b>all</b></p>", "<p>Hi <b>all</b></p>"),
        ("<script>alert(1)</script><style>p{}</style>said", "said"),
        ("<svg onload=alert(1)><text>in it</text></svg>said", "said"),
        ("<title>no</title><textarea>no</textarea>said", "said"),
        ("<img src=x onerror=alert(1)>said", "said"),
        ("<iframe srcdoc='<script>'></iframe>said", "said"),
        ("<form action=/logout><button>said</button></form>", "said"),
        ("<a href='javascript:alert(1)'>x</a>", '<a rel="noopener noreferrer nofollow">x</a>'),
        ("<a href='data:text/html,x'>x</a>", '<a rel="noopener noreferrer nofollow">x</a>'),
        (
            "<a href='https://e.x/<blockquote>' class=btn id=main>x</a>",
            '<a href="https://e.x/&lt;blockquote&gt;" rel="noopener noreferrer nofollow">x</a>',
        ),
        ("<h1>a</h1><h6>b</h6>", "<h3>a</h3><h6>b</h6>"),
        ("<details open><summary>x</summary>y</details>", "xy"),
        ("<!-- <script> --><p>a", "<p>a</p>"),
    ],
)
def test_letter_is_read_as_words_in_their_order(content: str, shown: str) -> None:
    assert read(content) == shown


def test_quote_at_the_end_and_a_long_one_are_folded() -> None:
    before = '<details class="quoted"><summary>Quoted &lt;text&gt;</summary><blockquote>'
    long = "word " * 200

    assert read("<p>yes</p><blockquote>a<blockquote>b</blockquote></blockquote><br>") == (
        f"<p>yes</p>{before}a<blockquote>b</blockquote></blockquote></details><br>"
    )
    assert read("<blockquote>a</blockquote><p>yes</p>") == ("<blockquote>a</blockquote><p>yes</p>")
    assert read(f"<blockquote>{long}</blockquote>yes") == (
        f"{before}{long}</blockquote></details>yes"
    )


def test_markdown_is_read_without_markup_of_its_own() -> None:
    shown = read("# a\n\n<b onclick=x>b</b> ![i](https://e.x/i.png) *c*", "text/markdown")

    assert shown == "<h3>a</h3>\n<p>&lt;b onclick=x&gt;b&lt;/b&gt;  <em>c</em></p>\n"


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        ("<div>" * 100_000, "text/html"),
        ("<a><b>" * 100_000, "text/html"),
        ("x" * 1_000_000, "text/html"),
        ("![[" * 300_000, "text/markdown"),
        ("plain", "text/plain"),
    ],
)
def test_what_would_keep_a_parser_busy_is_text_alone(content: str, content_type: str) -> None:
    begun = time.process_time()

    assert read(content, content_type) is None
    assert time.process_time() - begun < 0.5


def test_letter_keeps_its_looks_and_nothing_that_acts() -> None:
    sent = (
        "<style>p{}</style><p style='color:red;position:fixed;behavior:url(x)' onclick=x>"
        "<font color=red>a</font> <a href='javascript:x'>b</a> <a href='da&#9;ta:text/html,x'>c</a></p>"
    )

    assert html.letter(sent, pictures=True) == (
        '<p style="color:red"><font color="red">a</font> <a rel="noopener noreferrer nofollow">b</a>'
        ' <a rel="noopener noreferrer nofollow">c</a></p>'
    )


@pytest.mark.parametrize(
    ("source", "alone", "with_pictures"),
    [
        ("https://e.x/i.png", False, True),
        ("data:image/png;base64,iVBORw0KGgo=", True, True),
        ("data:image/svg+xml;base64,PHN2Zz4=", False, False),
        ("data:text/html;base64,PHN2Zz4=", False, False),
        ("javascript:x", False, False),
        ("//e.x/i.png", False, False),
        ("/api/tickets", False, False),
        ("cid:1", False, False),
    ],
)
def test_pictures_of_other_machines_wait_until_they_are_asked_for(
    source: str, alone: bool, with_pictures: bool
) -> None:
    sent = f'<img src="{source}" alt="a">'

    found = [source in html.letter(sent, pictures=pictures) for pictures in (False, True)]

    assert found == [alone, with_pictures]
    assert html.remote(sent) is (source == "https://e.x/i.png")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        ("a\n\n\nb\nc", (Part(("a", "b\nc")),)),
        ("> a\n\n> b\nno", (Part(("a", "b"), quoted=True), Part(("no",)))),
        ("yes\n\nAnn:\n> a\n>> b\n", (Part(("yes", "Ann:")), Part(("a\n> b",), True, True))),
        (">" + "a" * 700 + "\nno", (Part(("a" * 700,), True, True), Part(("no",)))),
        (">\n>\n\n", ()),
    ],
)
def test_quotes_of_a_text_stand_apart(text: str, parts: tuple[Part, ...]) -> None:
    assert quotes.parts(text) == parts
