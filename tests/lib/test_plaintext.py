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
