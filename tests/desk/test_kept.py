"""Saved views: made, changed and deleted on pages."""

import re
from typing import Any

import pytest
from django.test import Client

from tessera.accounts.models import Group, User
from tests.desk.conftest import MakeTickets
from tests.office import Office
from tests.people import grant
from tickets.models import SavedView

HIGH = {
    "name": "High",
    "query": "Priority > 50",
    "visibility": "private",
    "order": "-priority",
    "columns": "key,subject,cf.severity",
}


def held(view: SavedView) -> tuple[Any, ...]:
    view.refresh_from_db()
    return view.name, view.query, view.order, view.columns, view.visibility


@pytest.fixture
def high(office: Office) -> SavedView:
    """A view of root's."""
    values = {"name": "High", "query": "Priority > 50", "order": "-priority", "columns": ["key"]}
    return SavedView.objects.create(owner=User.objects.get(username="root"), **values)


def test_search_is_kept_with_the_columns_and_order_of_its_list(
    reader: Client, make_tickets: MakeTickets
) -> None:
    asked = {"q": "Priority > 50", "order": "-priority", "columns": "key,subject,cf.severity"}
    page = reader.get("/search", asked).content.decode()
    link = re.search(r'href="(/views/new\?[^"]+)"', page)
    assert link is not None
    form = reader.get(link[1].replace("&amp;", "&")).content.decode()

    answer = reader.post("/views/new", HIGH)

    view = SavedView.objects.get()
    assert answer["Location"] == f"/?view={view.pk}"
    columns = ["key", "subject", "cf.severity"]
    assert held(view) == ("High", "Priority > 50", "-priority", columns, "private")
    assert view.owner.username == "root"
    assert 'name="order" value="-priority"' in form
    assert "Priority &gt; 50</textarea>" in form
    assert re.findall(r'name="columns" value="([^"]+)" checked', form) == columns
    assert "The view is saved." in reader.get(answer["Location"]).content.decode()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"name": " "}, "This field is required"),
        ({"name": "x" * 101}, "at most 100"),
        ({"query": "Prioritty > 3"}, "Line 1, column 1: unknown field"),
        ({"query": "x\0"}, "Null characters are not allowed"),
        ({"order": "cc"}, "is no order here"),
        ({"columns": "key,nonsense"}, "there is no column"),
        ({"visibility": "public"}, "Select a valid choice"),
        ({"visibility": "group"}, "name the group"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(
    reader: Client, office: Office, wrong: dict[str, str], told: str
) -> None:
    Group.objects.create(name="Night").members.add(User.objects.get(username="root"))

    answer = reader.post("/views/new", HIGH | wrong)

    assert answer.status_code == 200
    assert told in answer.content.decode()
    assert not SavedView.objects.exists()


def test_view_is_shared_with_a_group_of_ones_own_alone(office: Office, reader: Client) -> None:
    mine, other = (Group.objects.create(name=name) for name in ("Night", "Day"))
    mine.members.add(office.ann)
    ann = Client()
    ann.force_login(office.ann)

    form = ann.get("/views/new").content.decode()
    refused = ann.post("/views/new", HIGH | {"visibility": "group", "group": other.pk})
    ann.post("/views/new", HIGH | {"visibility": "group", "group": mine.pk})

    assert "Night" in form
    assert "Day" not in form
    assert "Select a valid choice" in refused.content.decode()
    view = SavedView.objects.get()
    assert (view.group, view.visibility) == (mine, "group")


def test_who_may_not_share_with_all_is_not_offered_it_and_not_allowed(office: Office) -> None:
    ann = Client()
    ann.force_login(office.ann)

    assert "Everybody" not in ann.get("/views/new").content.decode()
    answer = ann.post("/views/new", HIGH | {"visibility": "all"})

    assert "Select a valid choice" in answer.content.decode()
    grant("admin", user=office.ann, queue=office.support)
    assert ann.post("/views/new", HIGH | {"visibility": "all"}).status_code == 302
    assert SavedView.objects.get().for_all


def test_view_is_changed_with_what_its_list_shows_now(reader: Client, high: SavedView) -> None:
    page = reader.get("/", {"view": str(high.pk), "columns": "key,owner"}).content.decode()
    link = re.search(rf'href="(/views/{high.pk}/edit\?[^"]+)"', page)
    assert link is not None
    form = reader.get(link[1].replace("&amp;", "&")).content.decode()
    assert re.findall(r'name="columns" value="([^"]+)" checked', form) == ["key", "owner"]

    answer = reader.post(f"/views/{high.pk}/edit", HIGH | {"columns": "key,owner"})

    assert answer["Location"] == f"/?view={high.pk}"
    assert held(high) == ("High", "Priority > 50", "-priority", ["key", "owner"], "private")


def test_search_from_a_view_can_be_saved_in_it(reader: Client, high: SavedView) -> None:
    page = reader.get("/", {"view": str(high.pk)}).content.decode()
    assert f'name="view" value="{high.pk}"' in page
    assert "Change view" in page

    page = reader.get("/search", {"q": "Priority > 60", "view": str(high.pk)}).content.decode()

    assert f"/views/{high.pk}/edit?q=Priority+%3E+60" in page


def test_view_of_another_is_changed_and_deleted_by_nobody(
    stranger: Client, high: SavedView
) -> None:
    for path in ("edit", "delete"):
        assert stranger.get(f"/views/{high.pk}/{path}").status_code == 404
        assert stranger.post(f"/views/{high.pk}/{path}", HIGH).status_code == 404
    SavedView.objects.update(for_all=True)
    for path in ("edit", "delete"):
        assert stranger.get(f"/views/{high.pk}/{path}").status_code == 403
        assert stranger.post(f"/views/{high.pk}/{path}", HIGH).status_code == 403
    assert SavedView.objects.get().name == "High"


def test_view_is_deleted_once_it_is_confirmed(reader: Client, high: SavedView) -> None:
    asked = reader.get(f"/views/{high.pk}/delete").content.decode()
    assert "Delete the view “High”?" in asked
    assert SavedView.objects.exists()

    answer = reader.post(f"/views/{high.pk}/delete")

    assert answer["Location"] == "/"
    assert not SavedView.objects.exists()
    assert reader.get(f"/views/{9**30}/edit").status_code == 404


def test_field_that_is_gone_takes_its_column_with_it(reader: Client, office: Office) -> None:
    root = User.objects.get(username="root")
    view = SavedView.objects.create(
        name="Old", columns=["cf.gone", "cf.gone2"], order="cf.gone", owner=root
    )

    page = reader.get("/", {"view": view.pk})

    assert page.status_code == 200
    assert "Nothing is ordered by “cf.gone”" in page.content.decode()
