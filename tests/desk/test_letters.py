"""Messages with markup, on the pages and as they were sent."""

import time

import pytest
from django.test import Client

from tests.desk.conftest import MakeTickets
from tests.office import Office
from tickets import service
from tickets.models import Transaction
from tickets.models.ticket import ticket_key

_LETTER = (
    '<p style="color:red">Hello <b>you</b></p><script>alert(1)</script>'
    '<img src="https://far.example.com/pixel.png" alt="logo"><blockquote>You said</blockquote>'
)
_PIXEL = "https://far.example.com/pixel.png"


def say(
    office: Office, number: int, content: str, content_type: str, kind: str = "correspond"
) -> int:
    """The seq of the message."""
    message = {"type": kind, "content": content, "content_type": content_type}
    service.apply(number, {"message": message}, actor=office.admin)
    return Transaction.objects.filter(ticket=number).latest("seq").seq


@pytest.fixture
def number(make_tickets: MakeTickets) -> int:
    (number,) = make_tickets(1)
    return number


def test_letter_is_read_in_the_page_and_opened_as_it_was_sent(
    reader: Client, office: Office, number: int
) -> None:
    seq = say(office, number, _LETTER, "text/html")
    page = reader.get(f"/tickets/{ticket_key(number)}").content.decode()
    way = f"/tickets/{ticket_key(number)}/letters/{seq}"

    assert (
        '<div class="prose"><p>Hello <b>you</b></p><details class="quoted">'
        "<summary>Quoted text</summary><blockquote>You said</blockquote></details></div>"
    ) in page
    assert f'sandbox loading="lazy" src="{way}"' in page
    assert f'href="{way}?pictures=1" target="letter-{seq}"' in page
    assert _PIXEL not in page


@pytest.mark.parametrize("asked", [False, True])
def test_frame_may_do_nothing_and_fetches_pictures_only_when_asked(
    reader: Client, office: Office, number: int, asked: bool
) -> None:
    seq = say(office, number, _LETTER, "text/html")
    way = f"/tickets/{ticket_key(number)}/letters/{seq}"

    answer = reader.get(f"{way}?pictures=1" if asked else way)

    assert answer["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        + (" https:" if asked else "")
        + "; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox"
        + ("; upgrade-insecure-requests" if asked else "")
    )
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    page = answer.content.decode()
    assert page.startswith("<!doctype html>")
    assert '<p style="color:red">' in page
    assert "script" not in page
    assert (_PIXEL in page) is asked


def test_only_html_that_is_not_too_much_has_looks(
    reader: Client, office: Office, number: int
) -> None:
    key = ticket_key(number)
    plain = say(office, number, "> you\n\nand *me*", "text/plain")
    marked = say(office, number, "and *me*\n\n> you", "text/markdown")
    heap = say(office, number, "<p>one</p>" * 10_000, "text/html")

    answers = [
        reader.get(f"/tickets/{key}/letters/{seq}") for seq in (plain, marked, heap, 99, 2**31)
    ]
    page = reader.get(f"/tickets/{key}").content.decode()

    assert [answer.status_code for answer in answers] == [200, 200, 200, 404, 404]
    assert 'pre-wrap">and *me*\n\n&gt; you</div>' in answers[1].content.decode()
    assert "As it was sent" not in page
    assert "<blockquote><p>you</p></blockquote><p>and *me*</p></div>" in page
    assert "<p>and <em>me</em></p>" in page
    assert "<p>one</p><p>one</p>" in page


def test_page_takes_its_time_and_shows_of_the_rest_the_first_words(
    reader: Client, office: Office, number: int
) -> None:
    way = f"/tickets/{ticket_key(number)}"
    seqs = [say(office, number, f"*{turn}* " + "![" * 9_900, "text/markdown") for turn in range(4)]
    begun = time.thread_time()
    first = reader.get(f"{way}?order=newest").content.decode()
    took = time.thread_time() - begun
    pages = [reader.get(way).content.decode() for _turn in range(3)]

    # The newest is drawn whatever it takes; what was drawn is kept for the next time.
    assert "<em>3</em>" in first
    assert "<em>0</em>" not in first
    assert f'href="{way}/letters/{seqs[0]}">The whole message</a>' in first
    assert "<em>0</em>" in pages[-1]
    assert "The whole message" not in pages[-1]
    assert took < 5


def test_much_text_is_shown_by_its_first_words_and_whole_by_itself(
    reader: Client, office: Office, number: int
) -> None:
    seq = say(office, number, "<b> " + "words " * 110_000 + "end", "text/plain")
    way = f"/tickets/{ticket_key(number)}"
    page = reader.get(way).content.decode()

    assert len(page) < 100_000
    assert "&lt;b&gt; words words" in page
    assert reader.get(f"{way}/letters/{seq}").content.decode().endswith("words end</div>")


def test_answer_quotes_the_words_of_a_letter(reader: Client, office: Office, number: int) -> None:
    seq = say(office, number, _LETTER, "text/html")

    page = reader.get(f"/tickets/{ticket_key(number)}?quote={seq}").content.decode()

    assert "&gt; Hello you\n&gt;\n&gt; You said" in page
