"""The list at the side of the administration: what the reader may see, and where he is."""

import re

from django.test import Client

from tests.admin.pages import text
from tests.office import Office
from tests.people import holder


def side(client: Client, path: str) -> tuple[list[str], list[str]]:
    """The names in the list, and those of them that are the page."""
    found = re.search(
        r'<nav class="sticky" id="nav-sidebar".*?</nav>', text(client.get(path)), re.DOTALL
    )
    assert found is not None
    links = re.findall(r'<th scope="row"[^>]*><a href="[^"]+"([^>]*)>([^<]+)</a>', found[0])
    return [name for _here, name in links], [name for here, name in links if here]


def test_side_lists_the_tables_and_pages_that_one_may_see(site: Client, office: Office) -> None:
    people = Client()
    people.force_login(holder("uma", "AdminUsers"))

    all_, here = side(site, "/admin/check")
    some, there = side(people, "/admin/accounts/role/")

    tools = ["Check the configuration", "Configuration as a file", "Who may?", "Settings"]
    assert all_[-4:] == tools
    assert "Scrips" in all_
    assert here == ["Check the configuration"]
    assert there == ["Roles"]
    assert "Configuration as a file" not in some
    assert "Scrips" not in some
    assert "Roles" in some
