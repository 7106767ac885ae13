"""Diagrams of lifecycles, and what each of their versions changed."""

from typing import Any
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lifecycles.diagram import POLICY
from lifecycles.models import Lifecycle
from tessera.accounts.models import ApiToken
from tests.api.caller import Caller, error
from tests.people import holder

SVG = "{http://www.w3.org/2000/svg}"
FLOW: dict[str, Any] = {
    "statuses": {"initial": ["new"], "active": ["doing"], "inactive": ["done"]},
    "transitions": [
        {"name": "start", "from": "new", "to": "doing"},
        {"name": "finish", "from": "doing", "to": "done"},
    ],
}
# The same with one status more.
WIDER = FLOW | {"statuses": FLOW["statuses"] | {"active": ["doing", "waiting"]}}


@pytest.fixture
def flow(api: Caller) -> str:
    """The address of a lifecycle of two versions."""
    made = api.post("/api/lifecycles", {"name": "flow", "definition": FLOW})
    assert made.status_code == 201, made.content
    url = f"/api/lifecycles/{made.json()['id']}"
    assert api.patch(url, {"definition": WIDER}).status_code == 200
    return url


def marked(content: bytes) -> list[str | None]:
    """The titles of the statuses that a diagram marks."""
    root = ElementTree.fromstring(content)  # noqa: S314  # our own text
    return [
        group.findtext(f"{SVG}title")
        for group in root.iter(f"{SVG}g")
        if "lc-current" in group.get("class", "")
    ]


@pytest.mark.parametrize("name", ["diagram", "diagram.svg"])
def test_the_diagram_is_an_image_that_can_do_nothing(api: Caller, flow: str, name: str) -> None:
    answer = api.get(f"{flow}/{name}")

    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/svg+xml"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == POLICY
    assert answer["Cache-Control"] == "private, no-cache"
    assert answer.content.count(b'class="lc-tile"') == 4
    assert marked(answer.content) == []


def test_the_diagram_is_text_in_mermaids_notation(api: Caller, flow: str) -> None:
    answer = api.get(f"{flow}/diagram.mmd?status=DOING")

    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/vnd.mermaid; charset=utf-8"
    assert answer["X-Content-Type-Options"] == "nosniff"
    lines = answer.content.decode().splitlines()
    assert lines[0] == "stateDiagram-v2"
    assert "    s0 --> s1 : Start" in lines
    assert lines[-1] == "    class s1 current"


def test_a_version_and_a_status_of_it_can_be_asked_for(api: Caller, flow: str) -> None:
    first = api.get(f"{flow}/diagram.svg?version=1&status=Doing")
    second = api.get(f"{flow}/diagram.svg?version=2&status=waiting")

    assert first.content.count(b'class="lc-tile"') == 3
    assert marked(first.content) == ["doing (active), the current status"]
    assert marked(second.content) == ["waiting (active), the current status"]


def make_ticket(api: Caller, lifecycle: str, **values: Any) -> str:
    """A ticket of the lifecycle at this address; its key."""
    queue = {"name": "Flow", "lifecycle_id": int(lifecycle.rpartition("/")[2])}
    assert api.post("/api/queues", queue).status_code == 201
    made = api.post("/api/tickets", {"subject": "a", "queue": "Flow", **values})
    return str(made.json()["ticket"]["key"])


def test_a_tickets_own_version_is_drawn_and_its_status_marked(api: Caller, flow: str) -> None:
    ticket = make_ticket(api, flow, status="doing")
    assert api.patch(flow, {"definition": FLOW}).json()["version"] == 3

    image = api.get(f"{flow}/diagram.svg?ticket_id={ticket}")
    text = api.get(f"{flow}/diagram.mmd?ticket_id={ticket}")

    assert image.content.count(b'class="lc-tile"') == 4
    assert marked(image.content) == ["doing (active), the current status"]
    assert text.content.decode().splitlines()[-1] == "    class s1 current"


def test_a_ticket_brings_its_own_version_and_status(api: Caller, flow: str) -> None:
    ticket = make_ticket(api, flow)
    named = api.get(f"{flow}/diagram?ticket_id={ticket}&version=1&status=new")
    other = api.post("/api/lifecycles", {"name": "other", "definition": FLOW}).json()["id"]

    assert (error(named)[1], sorted(error(named)[2])) == ("invalid", ["status", "version"])
    elsewhere = error(api.get(f"/api/lifecycles/{other}/diagram?ticket_id={ticket}"))
    assert elsewhere == (400, "invalid", {"ticket_id": ["is a ticket of another lifecycle"]})


def test_a_ticket_that_the_caller_may_not_see_is_not_found_by_its_diagram(
    api: Caller, flow: str
) -> None:
    ticket = make_ticket(api, flow)
    caller = Caller(ApiToken.issue(holder("lea", "AdminLifecycles")))

    hidden = caller.get(f"{flow}/diagram?ticket_id={ticket}")
    none = caller.get(f"{flow}/diagram?ticket_id=TKT-9999")

    assert caller.get(f"{flow}/diagram").status_code == 200
    assert error(hidden)[:2] == (404, "not_found")
    assert hidden.json() == none.json()


@pytest.mark.parametrize("name", ["diagram", "diagram.svg", "diagram.mmd"])
@pytest.mark.parametrize(
    ("query", "status", "code", "fields"),
    [
        ("status=gone", 400, "invalid", ["status"]),
        ("version=1&status=waiting", 400, "invalid", ["status"]),
        ("status=", 400, "invalid", ["status"]),
        ("version=0", 400, "invalid", ["version"]),
        ("version=x", 400, "invalid", ["version"]),
        ("colour=red", 400, "invalid", ["colour"]),
        ("version=3", 404, "not_found", []),
    ],
)
def test_what_the_lifecycle_does_not_have_is_refused(
    api: Caller, flow: str, name: str, query: str, status: int, code: str, fields: list[str]
) -> None:
    found = error(api.get(f"{flow}/{name}?{query}"))
    assert (found[0], found[1], list(found[2])) == (status, code, fields)


@pytest.mark.parametrize("name", ["diagram", "diagram.svg", "diagram.mmd"])
def test_diagrams_are_for_those_who_may_see_lifecycles(
    stranger: Caller, anonymous: Caller, flow: str, name: str
) -> None:
    assert error(stranger.get(f"{flow}/{name}"))[:2] == (404, "not_found")
    assert error(anonymous.get(f"{flow}/{name}"))[:2] == (401, "not_authenticated")


def test_the_dot_of_a_diagrams_name_is_a_dot(api: Caller, flow: str) -> None:
    assert error(api.get(f"{flow}/diagramXsvg"))[:2] == (404, "not_found")


def test_a_hostile_name_stays_text(api: Caller) -> None:
    name = "<script>alert(1)</script>"
    definition = {"statuses": {"initial": [name]}}
    made = api.post("/api/lifecycles", {"name": name, "definition": definition}).json()

    answer = api.get(f"/api/lifecycles/{made['id']}/diagram.svg")

    assert b"<script" not in answer.content
    assert b"&lt;script&gt;" in answer.content


def test_each_version_tells_what_it_changed(api: Caller, flow: str) -> None:
    listed = api.get(f"{flow}/versions").json()["results"]

    assert [(version["version"], version["diff"]) for version in listed] == [
        (2, ["Status 'waiting' was added (active)"]),
        (1, []),
    ]
    for version in listed:
        assert api.get(f"{flow}/versions/{version['version']}").json() == version


def test_a_page_compares_its_last_version_with_the_one_beyond_it(api: Caller, flow: str) -> None:
    (alone,) = api.get(f"{flow}/versions?page_size=1").json()["results"]

    assert alone["diff"] == ["Status 'waiting' was added (active)"]


@pytest.mark.parametrize("versions", [1, 3])
def test_versions_are_compared_in_a_fixed_number_of_statements(
    api: Caller, flow: str, versions: int
) -> None:
    for number in range(versions - 1):
        changed = FLOW if number % 2 == 0 else WIDER
        assert api.patch(flow, {"definition": changed}).status_code == 200
    api.get(f"{flow}/versions")

    with CaptureQueriesContext(connection) as whole:
        listed = api.get(f"{flow}/versions").json()["results"]
    with CaptureQueriesContext(connection) as part:
        api.get(f"{flow}/versions?page_size={versions}")

    assert len(listed) == versions + 1
    # A page that holds all there are is not counted.
    assert (len(whole), len(part)) == (4, 6)


def test_a_version_that_todays_rules_refuse_is_not_compared_nor_drawn(
    api: Caller, flow: str
) -> None:
    lifecycle = Lifecycle.objects.get(name="flow")
    lifecycle.versions.create(number=3, definition={}, sha256="", created_at="2020-01-01T00:00:00Z")

    newest = api.get(f"{flow}/versions").json()["results"][0]
    drawn = api.get(f"{flow}/diagram.svg?version=3")

    assert newest["diff"] == ["One of the two versions can't be read by the rules of today"]
    assert error(drawn)[:2] == (400, "invalid")
