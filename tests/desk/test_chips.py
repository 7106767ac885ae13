"""The search as chips: read from TicketSQL, and written back to it."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from tessera.accounts.models import User
from tests.office import Office
from tickets.models import SavedView

SAID = re.compile(r'<span class="chip"><details[^>]*><summary>([^<]*)</summary>')
ADDED = re.compile(r'<use href="#i-plus"/></svg>([^<]*)</summary>')
OFF = re.compile(r'class="off" href="([^"]*)"')


def page(client: Client, **asked: str | list[str]) -> str:
    answer = client.get("/search", asked)
    assert answer.status_code == 200
    return answer.content.decode()


def chips(text: str) -> list[str]:
    return [unescape(each) for each in SAID.findall(text)]


def written(client: Client, **asked: str | list[str]) -> str:
    """The query that a chip's form leads to."""
    answer = client.get("/search", asked)
    assert answer.status_code == 302
    return parse_qs(urlsplit(answer["Location"]).query, keep_blank_values=True)["q"][0]


def test_plain_conditions_are_chips_and_the_rest_can_be_added(reader: Client) -> None:
    text = page(reader, q="Queue = Support AND Status IN (new, open) AND CF.severity = high")

    assert chips(text) == [
        "Queue is Support",
        "Status is new or open",
        "CF.severity is high",
    ]
    assert ADDED.findall(text) == [
        *("Owner", "Priority", "Requestor", "Last updated", "Due"),
        "Field…",
    ]


@pytest.mark.parametrize(
    "query",
    [
        "Status = new OR Priority > 5",
        "Queue = Support AND (Status = new OR Status = open)",
        "NOT Status = new",
        "LastUpdated > Created",
        "Subject = ''",
    ],
)
def test_query_that_says_more_stands_alone_and_is_told_why(reader: Client, query: str) -> None:
    text = page(reader, q=query)

    assert "No chips: they show conditions that AND joins" in text
    assert chips(text) == []
    asked = {"q": query, "chip": "Priority", "op": ">=", "value": "5"}
    assert reader.get("/search", asked).status_code == 200  # nothing is written into it


def test_query_that_cannot_be_read_has_no_chips_until_it_can(reader: Client) -> None:
    text = page(reader, q="Status = new AND Prioritty > 3")

    assert "Chips come back when the query can be read." in text


def test_chips_write_the_query(reader: Client) -> None:
    query = "Queue = Support AND Status IN (new, open)"

    assert written(reader, q="", chip="Status", op="IN", value=["new", "open"]) == (
        "Status IN ('new', 'open')"
    )
    assert written(reader, q=query, chip="1", op="NOT IN", value="resolved") == (
        "Queue = 'Support' AND Status != 'resolved'"
    )
    assert written(reader, q=query, chip="Owner", op="IS NULL", value="left over") == (
        "Queue = 'Support' AND Status IN ('new', 'open') AND Owner IS NULL"
    )
    assert written(reader, q=query, chip="Requestor", op="=", value="o'neil\\@example.com") == (
        f"{written(reader, q=query, chip='1', op='IN', value=['new', 'open'])}"
        " AND Requestor = 'o\\'neil\\\\@example.com'"
    )
    assert written(reader, q="", chip="Updated", op=">", value="3 days ago") == (
        "Updated > '3 days ago'"
    )
    assert written(reader, q="Content MATCHES 'a b'", chip="Priority", op=">=", value="5") == (
        "Content MATCHES 'a b' AND Priority >= 5"
    )


def test_chip_is_taken_away_by_its_link_and_columns_and_view_stay(
    reader: Client, office: Office
) -> None:
    root = User.objects.get(username="root")
    kept = SavedView.objects.create(
        name="Mine", query="Status = new", columns=["key"], order="id", owner=root
    )

    first, second = OFF.findall(page(reader, q="Queue = Support AND Status = new"))
    assert unescape(first) == "/search?q=Status+%3D+%27new%27"
    assert unescape(second) == "/search?q=Queue+%3D+%27Support%27"
    of_view = reader.get("/", {"view": kept.pk}).content.decode()
    assert [unescape(each) for each in OFF.findall(of_view)] == [
        f"/search?q=&view={kept.pk}&columns=key&order=id"
    ]
    asked = {"q": "", "chip": "Due", "op": "IS NULL", "columns": "key,due_at", "cursor": "x"}
    assert reader.get("/search", asked)["Location"] == "/search?q=Due+IS+NULL&columns=key%2Cdue_at"


def test_chip_that_says_nothing_sound_stays_open_with_its_reason(reader: Client) -> None:
    for asked, told in (
        ({"chip": "Priority", "op": ">=", "value": "high"}, "&#x27;high&#x27; is no number"),
        ({"chip": "0", "op": "IN"}, "This field is required."),
        ({"chip": "Priority", "op": "<script>", "value": "5"}, "Choose how to compare."),
        ({"chip": "LastUpdated", "op": ">", "value": "<i>soon"}, "&lt;i&gt;soon"),
    ):
        text = page(reader, q="Status = new", **asked)
        assert '<details class="drop" open>' in text
        assert told in text.split('role="alert"')[1].split("</p>")[0]
        assert "<i>soon" not in text


def test_field_that_is_chosen_by_name_opens_with_its_values(reader: Client) -> None:
    text = page(reader, q="", chip="CF.severity")

    opened = text.split('<details class="drop" open>')[1].split("</form>")[0]
    assert "Severity" in opened
    assert re.findall(r'name="value" value="([^"]*)"', opened) == ["low", "high"]
    assert "<optgroup" in text
    assert "Transaction.OldValue" not in text  # it is for rules
    assert page(reader, q="", chip="Nonsense.field").count('<details class="drop" open>') == 0


def test_people_are_told_to_those_who_work_with_tickets(reader: Client, stranger: Client) -> None:
    asked = {"part": "EmailAddress", "q": "an"}

    assert reader.get("/search/people", asked).json() == {
        "results": [{"value": "ann@example.com", "text": "ann@example.com"}]
    }
    assert stranger.get("/search/people", asked).json() == {"results": []}
    assert reader.get("/search/people", {"part": "password", "q": "a"}).json() == {"results": []}
