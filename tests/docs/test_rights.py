"""The reference of rights says what the code does, and its examples can be typed in."""

import json
import re
from typing import Any

from tessera.accounts.models import ApiToken, Group, User
from tessera.accounts.rights import BUILT_IN, RIGHT_GROUPS, RIGHTS
from tests.api.caller import Caller
from tests.docs.pages import Step, differences
from tests.docs.test_reference import REFERENCE, code, section
from tests.office import Office
from tests.people import grant
from tickets.backend import _RIGHTS
from tickets.grants import TICKET_ROLES
from tickets.models import Grant, Queue

PAGE = (REFERENCE / "rights.md").read_text()


def cells(text: str) -> list[list[str]]:
    """The rows of a table, without its head."""
    rows = re.findall(r"^\| (.*?) ?\|$", text, re.M)
    return [[cell.strip() for cell in row.split("|")] for row in rows[2:]]


def test_table_of_rights_is_that_of_the_code() -> None:
    rows = cells(section(PAGE, "## Rights"))

    order = [right for _label, rights in RIGHT_GROUPS for right in rights]
    assert [(name.strip("`"), told) for name, told, *_more in rows] == [
        (right, str(RIGHTS[right])) for right in order
    ]


def test_table_of_roles_is_that_of_the_code() -> None:
    rows = cells(section(PAGE, "## Built-in roles"))

    found = {
        name.strip("`"): (tuple(sorted(code(rights))), inherits.strip("`") or None)
        for name, rights, inherits in rows
    }
    assert found == {name: (tuple(sorted(own)), up) for name, (own, up) in BUILT_IN.items()}


def test_ticket_roles_of_the_page_are_those_of_grants() -> None:
    line = re.search(r"^- \*\*whoever is on the ticket\*\*.*$", PAGE, re.M)

    assert line
    assert code(line[0]) == {*TICKET_ROLES, "everyone"} == set(Grant.TicketRole.values)


def test_rights_that_let_one_administer_begin_as_the_page_says() -> None:
    assert {right[:5] for right in _RIGHTS.values()} == {"Admin"}


def test_examples_can_be_typed_in(office: Office) -> None:
    group = Group.objects.create(name="Network")
    group.members.add(office.ann)
    api = Caller(ApiToken.issue(User.objects.get(username="root")))
    text = section(PAGE, "## The API")
    typed = re.findall(r"^api \$URL(\S+) -d '(.*)'$", text, re.M)
    shown = re.findall(r"^```json\n(.*?)^```$", text, re.M | re.S)

    def numbered(body: dict[str, Any]) -> dict[str, Any]:
        ids = {"group_id": group.pk, "queue_id": Queue.objects.get(name="Support").pk}
        return {name: ids.get(name, value) for name, value in body.items()}

    for (path, body), answer in zip(typed, shown, strict=False):
        made = api.post(f"/api{path}", numbered(json.loads(body)))
        assert made.status_code == 201, made.json()
        assert differences(Step("", "json", answer), made.content.decode()) == []

    grant("agent", group=group)
    mine = Caller(ApiToken.issue(office.ann)).get("/api/me/rights").json()
    (given,) = (each for each in mine["results"] if each["right"] == "CreateTicket")
    (promised,) = json.loads(shown[2])["results"]
    assert given.keys() == promised.keys()
    assert given["grant"].keys() == promised["grant"].keys()
    assert given["grant"]["role"] == promised["grant"]["role"]
