import time

import pytest

from tessera.lib.plaintext import from_html


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain", "plain"),
        ("a<br>b", "a\nb"),
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("  a \n  lot   of\tspace ", "a lot of space "),
        ("<ul><li>x</li><li>y</li></ul>after", "- x\n- y\n\nafter"),
        ("see <a href='https://e.x/t'>the ticket</a>.", "see the ticket <https://e.x/t>."),
        ("<a href='https://e.x'>https://e.x</a>", "https://e.x"),
        ("<a href='mailto:a@b.c'>a@b.c</a>", "a@b.c"),
        ("<a href='javascript:alert(1)'>x</a>", "x"),
        ("<script>bad()</script><style>p{}</style>good", "good"),
        ("5 &lt; 6 &amp;&amp; 7 &gt; 6 &uuml;", "5 < 6 && 7 > 6 ü"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a  b\nc"),
        ("a <b>bold</b> <i>word</i>", "a bold word"),
        ("<p>open <p>never <b>closed", "open\n\nnever closed"),
        ("", ""),
    ],
)
def test_html_reads_well_as_text(html: str, text: str) -> None:
    assert from_html(html).rstrip() == text.rstrip()


@pytest.mark.parametrize(
    "html",
    [
        "<!-- " * 50_000,
        "<!-- " * 50_000 + ">",
        "<a b='" * 50_000,
        "<a " * 80_000,
        "<?" * 120_000,
        "<a href='http://x.y'>t" * 12_000 + "</a>" * 12_000,
        "<p>one</p>" * 200_000,
    ],
)
def test_nothing_keeps_the_reader_of_html_busy(html: str) -> None:
    begun = time.thread_time()
    from_html(html)

    # The first of them was 43 s; a slow machine takes half a second for the worst.
    assert time.thread_time() - begun < 5


def test_much_html_is_read_to_its_end() -> None:
    text = from_html("<p>one</p>" * 100_000 + "<p>the last <b>word</b></p>")

    assert " ".join(text.split()).endswith("one the last word")
