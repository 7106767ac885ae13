"""A lifecycle edited as rows in the administration."""

import json
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from lifecycles import service
from lifecycles.models import Lifecycle
from tessera.accounts.models import User
from tests.admin.pages import text
from tests.admin.test_lifecycles import publish, url
from tests.office import Office
from tests.people import holder
from tests.tickets.test_door import create
from tests.tickets.test_moving import FIRST, SECOND
from tickets import moving
from tickets.access import Actor
from tickets.models import Queue

_INPUT = re.compile(
    r"<(input|textarea|select)\b([^>]*)>(.*?)(?=<(?:/textarea|/select|input|textarea|select))", re.S
)
_ATTRIBUTE = re.compile(r'([\w.-]+)(?:="([^"]*)")?')
_OPTION = re.compile(r"<option([^>]*)>([^<]*)")


@pytest.fixture
def flow(office: Office) -> Lifecycle:
    return service.create("flow", FIRST, actor=None)


def fields(page: str) -> dict[str, list[str]]:
    """What a browser would send of the lifecycle's form, without scripts."""
    form = page.partition('id="lifecycle_form"')[2].partition("</form>")[0]
    found: dict[str, list[str]] = {}
    for tag, raw, inside in _INPUT.findall(form):
        given = {key: unescape(value) for key, value in _ATTRIBUTE.findall(raw)}
        name, kind = given.get("name", ""), given.get("type", "")
        if (
            not name
            or kind == "submit"
            or (kind in {"radio", "checkbox"} and "checked" not in given)
        ):
            continue
        value = given.get("value", "")
        if tag == "textarea":
            value = unescape(inside.partition("</textarea>")[0]).removeprefix("\n")
        if tag == "select":
            options = [
                (unescape(dict(_ATTRIBUTE.findall(attributes)).get("value", label)), attributes)
                for attributes, label in _OPTION.findall(inside)
            ]
            value = next(
                (each for each, attributes in options if " selected" in attributes),
                options[0][0] if options else "",
            )
        found.setdefault(name, []).append(value)
    return found


def opened(site: Client, flow: Lifecycle) -> dict[str, list[str]]:
    return fields(text(site.get(url(flow))))


def pressed(site: Client, flow: Lifecycle, given: dict[str, list[str]], act: str) -> str:
    """The page after a button of the rows was pressed."""
    return text(site.post(url(flow), {**given, "_act": act}))


def told(page: str, cell: str) -> str:
    return unescape(page.partition(f'id="told-{cell}"')[2].partition("</div>")[0])


def draft(flow: Lifecycle) -> Any:
    flow.refresh_from_db()
    return flow.draft


def test_rows_that_were_not_changed_keep_the_definition_as_it_is_written(
    site: Client, flow: Lifecycle
) -> None:
    given = opened(site, flow)

    site.post(url(flow), {**given, "_draft": "x"})

    assert draft(flow) == FIRST


def test_status_and_transition_are_added_without_scripts(site: Client, flow: Lifecycle) -> None:
    given = fields(pressed(site, flow, opened(site, flow), "add:active"))
    status = given["status"][2]
    given[f"{status}.name"] = ["parked"]
    given[f"{status}.color"] = ["violet"]
    given = fields(pressed(site, flow, given, "add:transition"))
    way = given["transition"][-1]
    given |= {
        f"{way}.label": ["Park it"],
        f"{way}.from": ["s0", "s1"],
        f"{way}.to": [status],
        f"{way}.guard": ["Priority > 3"],
        f"{way}.message": ["comment"],
        f"{way}.roles": ["agent"],
    }

    page = text(site.post(url(flow), {**given, "_draft": "x"}, follow=True))

    assert "The draft is kept. It has no faults." in page
    assert draft(flow) == {
        "statuses": {"initial": ["new"], "active": ["waiting", "parked"], "inactive": ["done"]},
        "defaults": {"on_create": "new"},
        "transitions": [
            {"name": "wait", "from": "new", "to": "waiting"},
            {"name": "finish", "from": "*", "to": "done"},
            {
                "name": "park_it",
                "label": "Park it",
                "from": ["new", "waiting"],
                "to": "parked",
                "roles": ["agent"],
                "guard": "Priority > 3",
                "message": "comment",
            },
        ],
        "colors": {"parked": "violet"},
    }


def test_buttons_of_rows_save_nothing(site: Client, flow: Lifecycle) -> None:
    for act in ("add:initial", "drop:s1", "up:t1", "nonsense"):
        pressed(site, flow, opened(site, flow), act)

    assert draft(flow) is None


def test_removed_row_is_put_back_with_what_was_changed_since(site: Client, flow: Lifecycle) -> None:
    given = fields(pressed(site, flow, opened(site, flow), "drop:t0"))
    assert given["transition"] == ["t1"]
    given["t1.label"] = ["Enough"]

    page = pressed(site, flow, given, "undo")
    site.post(url(flow), {**fields(page), "_draft": "x"})

    assert [(each["name"], each.get("label")) for each in draft(flow)["transitions"]] == [
        *(("wait", None), ("finish", "Enough")),
    ]


def test_fault_stands_at_its_cell_and_a_guards_at_its_character(
    site: Client, flow: Lifecycle
) -> None:
    given = opened(site, flow)
    given |= {"t0.guard": ["Prioritty > 3"], "t0.to": [""], "s1.name": ["NEW"]}

    page = text(site.post(url(flow), {**given, "_publish": "x"}))

    assert "3 faults keep it from being published." in page
    assert "unknown field 'Prioritty'" in told(page, "t0-guard")
    assert "<mark>Prioritty</mark>" in told(page, "t0-guard")
    assert 'id="told-t0-guard" data-told data-at="0"' in page
    assert "is missing" in told(page, "t0-to")
    assert "status 'NEW' is already" in told(page, "s1-name")
    assert draft(flow) is None


def test_drawing_follows_what_is_typed_and_leads_to_the_rows(site: Client, flow: Lifecycle) -> None:
    given = opened(site, flow)
    given["s1.name"] = ["on hold"]

    page = text(site.post(url(flow), {**given, "_look": "x"}))

    assert '<a href="#row-s1"><g class="lc-status lc-active">' in page
    assert ">on hold</text>" in page
    assert draft(flow) is None


def test_renamed_status_is_asked_about_and_its_tickets_follow_the_answer(
    site: Client, office: Office, flow: Lifecycle
) -> None:
    queue = Queue.objects.create(name="Flow", lifecycle=flow)
    create(office, queue_id=queue.pk, status="waiting")
    given = opened(site, flow)
    given["s1.name"] = ["on hold"]
    page = text(site.post(url(flow), {**given, "_look": "x"}))
    assert "“waiting” becomes" in page
    assert "1 ticket has it." in page

    publish(site, flow, {**fields(page), "_publish": "x"})

    flow.refresh_from_db()
    assert flow.current is not None
    assert flow.current.definition["becomes"] == {"waiting": "on hold"}
    plan = moving.plan(flow, 2, {})
    assert [(line.status, line.becomes) for line in plan.lines] == [("waiting", "on hold")]
    move = moving.start(flow, 2, {}, actor=office.admin)
    moving.carry_out(move.pk)
    ticket = queue.ticket_set.get()
    assert (ticket.status, ticket.lifecycle_version_id) == ("on hold", flow.current_id)


def test_json_that_is_changed_counts_and_shows_in_the_rows(site: Client, flow: Lifecycle) -> None:
    given = opened(site, flow)
    given["definition"] = [json.dumps(SECOND).replace("parked", "set aside")]

    page = text(site.post(url(flow), {**given, "_look": "x"}))

    assert fields(page)["s1.name"] == ["set aside"]
    site.post(url(flow), {**fields(page), "_draft": "x"})
    assert draft(flow)["statuses"]["active"] == ["set aside"]


def test_definition_in_rts_shape_is_shown_as_rows_and_kept_until_a_row_is_changed(
    site: Client, office: Office
) -> None:
    raw = {
        "initial": ["new"],
        "active": ["open"],
        "inactive": ["done"],
        "transitions": {"new": ["open"], "open": ["done"]},
        "actions": {"open -> done": {"label": "Close", "update": "Respond"}},
    }
    lifecycle = service.create("old", raw, actor=None)
    given = opened(site, lifecycle)

    site.post(url(lifecycle), {**given, "_draft": "x"})
    assert draft(lifecycle) == raw
    given = opened(site, lifecycle) | {"t1.label": ["Finish"]}
    site.post(url(lifecycle), {**given, "_draft": "x"})

    assert draft(lifecycle)["transitions"][1] == {
        "name": "close",
        "label": "Finish",
        "from": "open",
        "to": "done",
    }


def test_definition_that_rows_can_not_show_is_edited_as_json(site: Client, flow: Lifecycle) -> None:
    service.save_draft(flow, {**FIRST, "colour": "red"})

    page = text(site.get(url(flow)))

    assert "it is changed as JSON" in page
    assert "<code>colour</code> unknown key &#x27;colour&#x27;" in page
    assert 'name="rows"' not in page


def test_two_administrators_at_once_lose_nothing(site: Client, flow: Lifecycle) -> None:
    mine, theirs = opened(site, flow), opened(site, flow)
    theirs = fields(pressed(site, flow, theirs, "add:inactive"))
    theirs[f"{theirs['status'][-1]}.name"] = ["rejected"]
    mine["t0.label"] = ["Wait a little"]
    site.post(url(flow), {**theirs, "_draft": "x"})

    page = text(site.post(url(flow), {**mine, "_draft": "x"}))

    assert "Somebody else saved this lifecycle since you opened it." in page
    assert "Status &#x27;rejected&#x27; was added (inactive)" in page
    assert fields(page)["t0.label"] == ["Wait a little"]
    assert draft(flow)["transitions"][0].get("label") is None
    site.post(url(flow), {**fields(page), "_draft": "x"})
    assert draft(flow)["statuses"]["inactive"] == ["done", "rejected"]
    assert draft(flow)["transitions"][0]["label"] == "Wait a little"


def test_what_both_changed_is_told_to_the_second(site: Client, flow: Lifecycle) -> None:
    mine, theirs = opened(site, flow), opened(site, flow)
    theirs["t0.label"] = ["Park"]
    mine["t0.label"] = ["Hold"]
    site.post(url(flow), {**theirs, "_draft": "x"})

    page = unescape(text(site.post(url(flow), {**mine, "_draft": "x"})))

    assert "Transition 'wait': label is “Hold” here; they made it “Park”" in page
    assert draft(flow)["transitions"][0]["label"] == "Park"


@pytest.mark.parametrize("page", ["publish", "import", "export"])
def test_strangers_get_none_of_the_pages(flow: Lifecycle, page: str) -> None:
    service.save_draft(flow, SECOND)
    client = Client()
    client.force_login(holder("lea", "AdminQueue"))
    address = url(flow).replace("change", page)

    assert client.get(address).status_code == 403
    assert client.post(address, {"text": "{}", "note": ""}).status_code == 403
    assert draft(flow) == SECOND


def test_names_of_people_are_text_in_every_cell(site: Client, office: Office) -> None:
    name = "<img src=x onerror=alert(1)>"
    held = {
        "statuses": {"initial": ["new"], "active": [name], "inactive": ["done"]},
        "transitions": [
            {"name": name, "label": name, "from": ["new", name], "to": name, "roles": [name]}
        ],
        "responsible": {name: name},
        "maps": {name: {name: name}},
        "becomes": {f"old{name}": name},
    }
    lifecycle = service.create("odd", FIRST, actor=None)
    service.save_draft(lifecycle, held)

    page = text(site.get(url(lifecycle)))
    page += text(site.get(url(lifecycle).replace("change", "publish")))

    assert "<img" not in page
    assert "&lt;img" in page


def test_actor_is_whoever_publishes(site: Client, flow: Lifecycle) -> None:
    root = User.objects.get(username="root")
    service.save_draft(flow, SECOND)
    given = opened(site, flow)

    publish(site, flow, {**given, "_publish": "x"}, note="Why not")

    flow.refresh_from_db()
    assert flow.current is not None
    assert (flow.current.creator, flow.current.note) == (root, "Why not")
    assert Actor.of(root).id == root.pk


@pytest.mark.parametrize("name", ["shown", "undo", "undo_from", "seen"])
def test_hidden_fields_that_somebody_wrote_into_break_nothing(
    site: Client, flow: Lifecycle, name: str
) -> None:
    given = opened(site, flow)

    for value in ("", "{", "[" * 5000, r'{"a": "\ud800"}', "5", '{"statuses": 1}'):
        changed = given | {name: [value]}
        text(site.post(url(flow), {**changed, "_draft": "x"}, follow=True))
        pressed(site, flow, changed, "undo")
