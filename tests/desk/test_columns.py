"""Which columns a list shows, and in which order."""

import csv
import re
from html import unescape

import pytest
from django.test import Client

from tessera.accounts.models import User
from tessera.desk import listing
from tests.desk.conftest import MakeTickets
from tests.office import Office
from tickets.models import SavedView

HEADS = re.compile(r'<th scope="col"[^>]*>(?:<a[^>]*>)?([^<]+)')
TICKED = re.compile(r'name="columns" value="([^"]+)" checked')


def heads(page: str) -> list[str]:
    return [head.strip() for head in HEADS.findall(page)]


def test_column_is_moved_by_a_button_and_links_keep_the_order(
    reader: Client, make_tickets: MakeTickets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE", 1)
    make_tickets(2)
    asked = {"q": "id > 0", "columns": ["key", "subject", "status"], "move": "up:subject"}

    answer = reader.get("/search", asked)
    page = reader.get(answer["Location"]).content.decode()

    assert answer["Location"] == "/search?q=id+%3E+0&columns=subject%2Ckey%2Cstatus&at=up%3Asubject"
    assert heads(page) == ["Subject", "Key", "Status"]
    assert TICKED.findall(page) == ["subject", "key", "status"]
    assert 'value="up:subject" aria-label="Subject: further to the front" autofocus' in page
    assert 'rel="next"' in page
    assert "at=up" not in page  # further pages do not open the choice again


def test_what_can_not_be_moved_stays_where_it_is(reader: Client) -> None:
    for move in ("up:key", "down:status", "up:owner", "sideways:key", "<b>"):
        asked = {"columns": "key,subject,status", "move": move}
        answer = reader.get("/", asked | {"view": "all"})
        assert "columns=key%2Csubject%2Cstatus" in answer["Location"]
        assert reader.get(answer["Location"]).status_code == 200


def test_view_keeps_the_order_and_its_export_has_it(
    reader: Client, make_tickets: MakeTickets, office: Office
) -> None:
    make_tickets(1)
    root = User.objects.get(username="root")
    view = SavedView.objects.create(
        name="Mine", query="", columns=["key", "subject"], order="id", owner=root
    )
    sent = {
        "name": "Renamed",
        "query": "",
        "visibility": "private",
        "columns": ["key", "subject", "cf.severity"],
    }

    moved = reader.post(f"/views/{view.pk}/edit", sent | {"move": "up:cf.severity"})
    page = moved.content.decode()
    view.refresh_from_db()
    assert (moved.status_code, view.name) == (200, "Mine")  # nothing is saved by a move
    assert 'value="Renamed"' in page
    assert TICKED.findall(page) == ["key", "cf.severity", "subject"]

    reader.post(f"/views/{view.pk}/edit", sent | {"columns": TICKED.findall(page)})
    shown = reader.get("/", {"view": view.pk}).content.decode()
    link = re.search(r'href="(/api/tickets/export\.csv\?[^"]+)"', shown)

    assert heads(shown) == ["Key", "Severity", "Subject"]
    assert link is not None
    export = b"".join(reader.get(unescape(link[1]))).decode("utf-8-sig")
    assert next(csv.reader(export.splitlines())) == ["Key", "Severity", "Subject"]
