"""What a first view weighs on the wire, and what of it is compressed."""

import re
from gzip import compress

import pytest
from django.contrib.staticfiles.finders import find
from django.test import Client

from tests.desk.conftest import MakeTickets
from tickets.models.ticket import ticket_key

_LOADED = re.compile(r'<(?:link rel="stylesheet" href|script[^>]* src)="/static/([^"]+)"')
_IMPORTED = re.compile(r'^import .*?"\./([^"]+)";', re.MULTILINE)
# 100 kB without fonts, of which 47 more rows and the head of each answer take their part.
_MOST = 80_000


def weight(page: bytes) -> int:
    """Bytes of the page and of all that it loads beside its fonts, compressed worse than by Brotli."""
    names, sizes = set(_LOADED.findall(page.decode())), [len(compress(page))]
    read: set[str] = set()
    while names - read:
        name = (names - read).pop()
        read.add(name)
        path = find(name)
        assert path, name
        with open(path, "rb") as file:
            content = file.read()
        sizes.append(len(compress(content)))
        if name.startswith("js/"):
            names |= {f"js/{each}" for each in _IMPORTED.findall(content.decode())}
    return sum(sizes)


def test_first_views_are_small(reader: Client, make_tickets: MakeTickets) -> None:
    (number, *_others) = make_tickets(3)
    pages = ("/", "/search?q=id > 0", f"/tickets/{ticket_key(number)}", "/portal/", "/tickets/new")

    weights = {path: weight(reader.get(path).content) for path in pages}

    assert {path: size for path, size in weights.items() if size > _MOST} == {}


@pytest.mark.parametrize(
    ("path", "encoding"),
    [("/", "gzip"), ("/login", "gzip"), ("/api/tickets", None), ("/api/tickets/export.csv", None)],
)
def test_pages_are_compressed_and_nothing_else(
    reader: Client, make_tickets: MakeTickets, path: str, encoding: str | None
) -> None:
    make_tickets(1)

    answer = reader.get(path, headers={"Accept-Encoding": "gzip, br"})

    assert answer.status_code in (200, 302)
    assert answer.get("Content-Encoding") == encoding
