"""How lifecycles begin, are reviewed and published, come in and go out in the administration."""

import json
import re
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lifecycles import service
from lifecycles.models import Lifecycle
from scrips import service as scrips
from tessera.accounts.models import User
from tests.admin.pages import errors, text
from tests.admin.test_lifecycle_rows import draft, flow
from tests.admin.test_lifecycles import url
from tests.office import Office
from tests.tickets.test_door import create
from tests.tickets.test_moving import FIRST, SECOND
from tickets.models import Queue, SavedView

__all__ = ["flow"]


def test_review_says_what_publishing_touches(site: Client, office: Office, flow: Lifecycle) -> None:
    queue = Queue.objects.create(name="Flow", lifecycle=flow)
    create(office, queue_id=queue.pk, status="waiting")
    scrips.save_scrip(
        None,
        {
            "name": "Remind",
            "queue_id": queue.pk,
            "condition_type": "OnStatusChange",
            "condition_config": {"to": "waiting"},
            "action_type": "SetPriority",
            "action_config": {"priority": 9},
        },
        actor=office.admin,
    )
    root = User.objects.get(username="root")
    for name, query, for_all in (
        ("Waiting", "Status = 'Waiting'", True),
        ("Mine", "Status = 'waiting'", False),
        ("Else", "Subject LIKE 'waiting'", True),
    ):
        SavedView.objects.create(
            name=name, query=query, columns=["key"], order="id", owner=root, for_all=for_all
        )
    service.save_draft(flow, SECOND)

    page = unescape(text(site.get(url(flow).replace("change", "publish"))))

    assert "1 ticket lives by this lifecycle." in page
    assert "“waiting” is no more: 1 ticket has it." in " ".join(page.split())
    touched = page.partition("What it touches")[2]
    assert ">Flow</a>" in touched
    assert ">Remind</a>" in touched
    assert "<b>Waiting</b>" in touched
    assert "1 saved view that only its owner sees" in touched
    assert "Else" not in touched
    assert "− waiting" in page
    assert "+ parked" in page


def test_draft_that_somebody_else_changed_is_not_published_unseen(
    site: Client, flow: Lifecycle
) -> None:
    service.save_draft(flow, SECOND)
    address = url(flow).replace("change", "publish")
    mark = re.search(r'name="seen" value="(\w+)"', text(site.get(address)))
    assert mark is not None
    service.save_draft(flow, {**SECOND, "colors": {"parked": "red"}})

    page = text(site.post(address, {"seen": mark[1], "note": ""}))

    assert "look at it again" in page
    assert flow.versions.count() == 1


def test_draft_with_faults_can_not_be_published_by_hand(site: Client, flow: Lifecycle) -> None:
    service.save_draft(flow, {})
    address = url(flow).replace("change", "publish")

    page = text(site.get(address))
    mark = re.search(r'name="seen" value="(\w+)"', page)
    assert mark is not None
    site.post(address, {"seen": mark[1], "note": ""})

    assert 'value="Publish"' not in page
    assert flow.versions.count() == 1


RT = {
    "orders": {
        "type": "ticket",
        "initial": ["pending"],
        "active": ["sent"],
        "inactive": ["kept"],
        "transitions": {"pending": ["sent"], "sent": ["kept"]},
        "rights": {"* -> kept": "KeepOrder"},
    },
    "returns": {"initial": ["asked"], "active": [], "inactive": ["back"]},
}


def test_import_shows_what_was_understood_before_it_is_the_draft(
    site: Client, flow: Lifecycle
) -> None:
    address = url(flow).replace("change", "import")

    page = text(site.post(address, {"text": json.dumps(RT), "_look": "x"}))

    assert "3 statuses" in page
    assert "<code>type</code> is not used here" in page
    assert draft(flow) is None
    mark = re.search(r'name="seen" value="(\w+)"', page)
    assert mark is not None
    given = {"text": json.dumps(RT), "which": "orders", "seen": mark[1], "_take": "x"}
    site.post(address, given)
    assert draft(flow) == {
        "statuses": {"initial": ["pending"], "active": ["sent"], "inactive": ["kept"]},
        "defaults": {"on_create": "pending"},
        "transitions": [
            {"name": "sent", "label": "sent", "from": "pending", "to": "sent"},
            {
                "name": "kept",
                "label": "kept",
                "from": "sent",
                "to": "kept",
                "right": "KeepOrder",
            },
        ],
    }


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "This is no JSON: line 1, column 1."),
        (b"\xff\xfe", "The file is no text in UTF-8."),
        (
            b"[" * 100_000,
            "This is no JSON that can be read: it is too deep, or a number is too long.",
        ),
        (b"[]", "must be an object"),
        (b'{"initial": ["a", "A"]}', "initial[1]: status 'A' is already at initial[0]"),
    ],
)
def test_file_that_is_no_lifecycle_says_why(
    site: Client, flow: Lifecycle, content: bytes, fault: str
) -> None:
    file = SimpleUploadedFile("flow.json", content, "application/json")

    answer = site.post(url(flow).replace("change", "import"), {"file": file, "_take": "x"})

    assert errors(answer)["text"][0] == fault
    assert draft(flow) is None


def test_export_is_what_was_published_and_comes_back_by_import(
    site: Client, office: Office, flow: Lifecycle
) -> None:
    address = url(flow).replace("change", "export")

    ours = site.get(address)
    rts = site.get(address + "?as=rt")

    assert ours["Content-Disposition"] == 'attachment; filename="flow-1.json"'
    assert json.loads(ours.content) == FIRST
    assert rts["Content-Disposition"] == 'attachment; filename="flow-1.rt.json"'
    assert list(json.loads(rts.content)) == ["flow"]
    assert site.get(address + "?as=perl").status_code == 404


@pytest.mark.parametrize(
    ("start", "statuses"),
    [
        ({"start": "three"}, ["new", "open", "done"]),
        ({"start": "stock", "stock": "incident"}, ["new", "assigned", "in_progress", "on_hold"]),
        ({"start": "text", "text": json.dumps(RT), "which": "returns"}, ["asked", "back"]),
    ],
)
def test_new_lifecycle_begins_from_what_is_chosen(
    site: Client, office: Office, start: dict[str, str], statuses: list[str]
) -> None:
    site.post("/admin/lifecycles/lifecycle/add/", {"name": "Fresh", "note": "", **start})

    made = Lifecycle.objects.get(name="Fresh")
    assert made.current is not None
    kinds = made.current.definition["statuses"]
    names = [name for kind in ("initial", "active", "inactive") for name in kinds[kind]]
    assert names[: len(statuses)] == statuses


def test_new_lifecycle_can_be_a_copy(site: Client, flow: Lifecycle) -> None:
    given = {"name": "Twin", "note": "", "start": "copy", "copy": str(flow.pk)}

    site.post("/admin/lifecycles/lifecycle/add/", given)
    refused = site.post(
        "/admin/lifecycles/lifecycle/add/", {**given, "name": "Third", "copy": "99999"}
    )

    twin = Lifecycle.objects.get(name="Twin")
    assert twin.current is not None
    assert twin.current.definition == FIRST
    assert errors(refused) == {"copy": ["Choose one of them."]}


def test_new_lifecycle_that_is_looked_at_is_not_made(site: Client, office: Office) -> None:
    given = {"name": "Fresh", "note": "", "start": "stock", "stock": "default", "_look": "x"}

    page = text(site.post("/admin/lifecycles/lifecycle/add/", given))

    assert "What was understood" in page
    assert not Lifecycle.objects.filter(name="Fresh").exists()
