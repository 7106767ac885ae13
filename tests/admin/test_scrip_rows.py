"""A rule's query as rows on its page: put together without scripts, read back, and checked row by row."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from scrips import service
from scrips.models import Scrip
from tests.admin.pages import errors, text
from tests.admin.test_scrips import ADD, form
from tests.office import Office
from tickets import service as tickets

Q = "condition_UserDefined_query"


def rows(*lines: str, **more: Any) -> dict[str, Any]:
    """The form with lines such as `Priority > 50`, `any`, `/`, in rows."""
    data = form(condition_type="UserDefined", condition_kind="UserDefined")
    data |= {f"{Q}_as": "rows", Q: "", f"{Q}_g0_join": "all", f"{Q}_line": []}
    for number, line in enumerate(lines, 1):
        if line == "/":
            data[f"{Q}_line"].append(line)
        elif line in ("all", "any", "none"):
            data[f"{Q}_line"].append(f"g{number}")
            data[f"{Q}_g{number}_join"] = line
        else:
            field, op, value = line.split("|") if "|" in line else line.split(" ", 2)
            data[f"{Q}_line"].append(f"r{number}")
            given = {"field": field, "was": field, "op": op, "value": value.split(",")}
            data |= {f"{Q}_r{number}_{name}": each for name, each in given.items()}
    return data | more


def again(page: str) -> dict[str, Any]:
    """What a browser would send of the rows of a page."""
    part = page[page.index('<fieldset class="query"') :].partition("</fieldset>")[0]
    data: dict[str, Any] = {f"{Q}_line": []}
    for name, value in re.findall(
        r'<input type="(?:hidden|text)" name="([^"]+)"[^>]*?value="([^"]*)"', part
    ):
        if name == f"{Q}_line":
            data[name].append(value)
        else:
            data[name] = unescape(value)
    for name, options in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', part, re.DOTALL):
        chosen = re.findall(r'<option value="([^"]*)" selected', options)
        data[name] = unescape(chosen[0]) if chosen else ""
    for name, value in re.findall(r'type="checkbox" name="([^"]+)" value="([^"]*)" checked', part):
        data.setdefault(name, []).append(value)
    return data


def saved() -> Any:
    return Scrip.objects.get().condition_config


NESTED = ("Priority > 50", "any", "Status|IN|new,open", "Owner|IS NULL|", "/", "CF.severity = high")


def test_rows_are_saved_as_the_query_that_they_say(site: Client, office: Office) -> None:
    answer = site.post(ADD, rows(*NESTED))

    assert answer.status_code == 302, errors(answer)
    assert saved() == {
        "query": "Priority > 50 AND (Status IN ('new', 'open') OR Owner IS NULL)"
        " AND CF.severity = 'high'"
    }


def test_page_gives_back_the_rows_that_were_saved(site: Client, office: Office) -> None:
    site.post(ADD, rows(*NESTED))
    scrip = Scrip.objects.get()
    url = f"/admin/scrips/scrip/{scrip.pk}/change/"

    page = text(site.get(url))
    answer = site.post(url, form(condition_type="UserDefined", name="New") | again(page))

    assert answer.status_code == 302, errors(answer)
    assert Scrip.objects.get().name == "New"
    assert saved() == scrip.condition_config


def test_rows_that_say_the_same_leave_the_text_as_it_was_written(
    site: Client, office: Office
) -> None:
    written = "priority>50\n  and CF.{Severity} = high"
    given = {
        "name": "Old",
        "condition_type": "UserDefined",
        "condition_config": {"query": written},
        "action_type": "SetStatus",
        "action_config": {"status": "stalled"},
    }
    scrip = service.save_scrip(None, given, actor=office.admin)
    url = f"/admin/scrips/scrip/{scrip.pk}/change/"
    data = again(text(site.get(url)))

    site.post(url, form(condition_type="UserDefined") | data | {Q: written})
    assert saved() == {"query": written}

    data[f"{Q}_r2_value"] = "60"
    answer = site.post(url, form(condition_type="UserDefined") | data | {Q: written})
    assert answer.status_code == 302, errors(answer)
    assert saved() == {"query": "Priority > 60 AND CF.severity = 'high'"}


@pytest.mark.parametrize(
    ("pressed", "lines"),
    [
        ("add:g0", ["r1", "g2", "r3", "r4", "/", "r6", "r7"]),
        ("add:g2", ["r1", "g2", "r3", "r4", "r7", "/", "r6"]),
        ("group:g2", ["r1", "g2", "r3", "r4", "g3", "r7", "/", "/", "r6"]),
        ("drop:r1", ["g2", "r3", "r4", "/", "r6"]),
        ("drop:g2", ["r1", "r6"]),
        ("up:r6", ["r1", "g2", "r3", "r4", "r6", "/"]),
        ("down:r1", ["g2", "r1", "r3", "r4", "/", "r6"]),
        ("up:r3", ["r1", "r3", "g2", "r4", "/", "r6"]),
        ("up:nonsense", ["r1", "g2", "r3", "r4", "/", "r6"]),
        ("", ["r1", "g2", "r3", "r4", "/", "r6"]),
    ],
)
def test_buttons_change_the_rows_and_save_nothing(
    site: Client, office: Office, pressed: str, lines: list[str]
) -> None:
    page = text(site.post(ADD, rows(*NESTED, _choose=f"{Q}:{pressed}", name="")))

    assert again(page)[f"{Q}_line"] == lines
    assert "errorlist" not in page
    assert not Scrip.objects.exists()


def test_button_gives_the_keyboard_its_place(site: Client, office: Office) -> None:
    def focused(pressed: str) -> list[str]:
        page = text(site.post(ADD, rows("Priority > 1", "Priority > 2", _choose=f"{Q}:{pressed}")))
        return re.findall(rf'id="{Q}_(\w+)"[^>]*autofocus', page)

    assert focused("add:g0") == ["r3"]
    assert focused("drop:r1") == ["r2"]
    assert focused("down:r1") == ["r1_up"]


def test_field_brings_its_operators_and_its_input(site: Client, office: Office) -> None:
    data = rows("Priority > 50", _choose="condition")
    for field in ("Status", "Due", "Requestor", "CF.severity", "Subject"):
        data[f"{Q}_r1_field"] = field
        page = text(site.post(ADD, data))
        found = again(page)
        assert (found[f"{Q}_r1_field"], found[f"{Q}_r1_op"]) == (
            field,
            "=" if field in ("Status", "Requestor") else ">",
        )
        assert found.get(f"{Q}_r1_value") == ""
        assert "errorlist" not in page


def test_unfinished_row_says_so_where_it_stands(site: Client, office: Office) -> None:
    answer = site.post(ADD, rows("Priority > 5", "Priority|>|x", "Subject|=|"))

    assert errors(answer)[f"{Q}_r2"] == ["'x' is no number"]
    assert errors(answer)[f"{Q}_r3"] == ["This field is required."]
    assert again(text(answer))[f"{Q}_r2_value"] == "x"
    assert not Scrip.objects.exists()


def test_rule_without_any_row_is_refused(site: Client, office: Office) -> None:
    assert errors(site.post(ADD, rows())) == {Q: ["This field is required."]}


def test_text_and_rows_are_two_views_of_one_query(site: Client, office: Office) -> None:
    page = text(site.post(ADD, rows(*NESTED[:1], _choose=f"{Q}:text")))
    assert f'name="{Q}_as" value="text"' in page
    assert "\nPriority &gt; 50</textarea>" in page

    data = form(condition_type="UserDefined") | {f"{Q}_as": "text", Q: "id = 1 OR id = 2"}
    page = text(site.post(ADD, data | {"_choose": f"{Q}:rows"}))
    assert again(page)[f"{Q}_g0_join"] == "any"

    answer = site.post(ADD, data)
    assert answer.status_code == 302, errors(answer)
    assert saved() == {"query": "id = 1 OR id = 2"}


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("LastUpdated > Created", "it compares two fields with each other."),
        ("Priority > 1 AND", "It stands here as a text until it can be read."),
    ],
)
def test_query_that_rows_cannot_say_stays_a_text_and_the_page_says_why(
    site: Client, office: Office, query: str, why: str
) -> None:
    data = form(condition_type="UserDefined", name="") | {Q: query}

    page = text(site.post(ADD, data))

    assert f'name="{Q}_as" value="text"' in page
    if "AND" not in query:
        assert why in unescape(page)


def test_rows_that_nobody_could_have_made_do_no_harm(site: Client, office: Office) -> None:
    data = rows("Priority > 5")
    data[f"{Q}_line"] = [
        "/",
        "r1",
        "r1",
        "x9",
        "g1",
        "g2",
        "g3",
        "g4",
        "g5",
        "g6",
        "r1",
        "/",
        "/",
        "'",
    ] * 40

    assert site.post(ADD, data).status_code in (200, 302)
    hostile = rows("Priority > 5", **{f"{Q}_r1_field": "<script>alert(1)</script>"})
    assert "<script>alert" not in text(site.post(ADD, hostile))


def test_each_row_says_how_it_went_on_the_ticket_that_is_tried(
    site: Client, office: Office
) -> None:
    given = {"queue": "Support", "subject": "x", "priority": 20}
    ticket = tickets.create(given, actor=office.admin).ticket
    data = rows("Priority > 50", "Status = new", "none", "Priority = 20", "/", _try=ticket.key)

    page = text(site.post(ADD, data))

    found = re.findall(r'<p class="check( no)?">.*?</span> (.*?)</p>', page, re.DOTALL)
    assert [(bool(no), unescape(words)) for no, words in found] == [
        (True, "priority was 20, needs > 50"),
        (False, "status is 'new'"),
        (True, "priority was 20, needs not = 20"),
    ]
    as_text = form(condition_type="UserDefined") | {
        f"{Q}_as": "text",
        Q: "Priority > 50",
        "_try": ticket.key,
    }
    assert 'class="checks"' in text(site.post(ADD, as_text))


def test_query_is_completed_with_the_fields_of_the_change(site: Client, office: Office) -> None:
    def offered(query: str, place: str) -> list[str]:
        asked = {"query": query, "cursor": place}
        answer = site.get("/admin/scrips/scrip/complete/", asked)
        return [each["label"] for each in answer.json()["results"]]

    assert "Transaction.OldValue" in offered("Transaction.O", "13")
    assert "Correspond" in offered("Transaction.Type = ", "19")
    assert "MATCHES" not in offered("Subject ", "8")
    assert offered("Priority", "x") != []
    assert site.post("/admin/scrips/scrip/complete/").status_code == 405
