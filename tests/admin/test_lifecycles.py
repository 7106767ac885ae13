"""Lifecycles in the administration: drafts, what a definition means, and moving tickets."""

import json
from typing import Any

import pytest
from django.test import Client

from lifecycles import service as lifecycles
from lifecycles.models import Lifecycle
from tests.admin.pages import text
from tests.admin.test_configuration import NO_VERSIONS
from tests.office import Office
from tests.people import holder
from tests.tickets.test_door import create
from tests.tickets.test_moving import FIRST, SECOND, statuses
from tickets import moving
from tickets.models import Queue, VersionMove


@pytest.fixture
def flow(office: Office) -> Lifecycle:
    """A lifecycle with a waiting and a new ticket under its version 1."""
    lifecycle = lifecycles.create("flow", FIRST, actor=None)
    queue = Queue.objects.create(name="Flow", lifecycle=lifecycle)
    for status in ("new", "waiting"):
        create(office, queue_id=queue.pk, status=status)
    return lifecycle


def page(lifecycle: Lifecycle) -> str:
    return f"/admin/lifecycles/lifecycle/{lifecycle.pk}/change/"


def form(definition: Any, **more: str) -> dict[str, Any]:
    return {"name": "flow", "definition": json.dumps(definition), "note": "", **NO_VERSIONS, **more}


def test_a_draft_is_kept_explained_and_published(site: Client, flow: Lifecycle) -> None:
    kept = site.post(page(flow), form(SECOND, _draft="1"))
    flow.refresh_from_db()
    assert (kept.status_code, flow.draft, flow.versions.count()) == (302, SECOND, 1)

    shown = text(site.get(page(flow)))
    assert "New tickets take version 1 until the draft is published" in shown
    assert "Status &#x27;waiting&#x27; was removed" in shown
    assert "The draft as a diagram" in shown

    site.post(page(flow), form(SECOND, _save="1", note="Parked"))
    flow.refresh_from_db()
    assert flow.current is not None
    assert (flow.current.number, flow.current.note, flow.draft) == (2, "Parked", None)
    shown = text(site.get(page(flow)))
    assert "2 tickets live by older versions" in shown


def test_a_draft_may_have_faults_and_says_them(site: Client, flow: Lifecycle) -> None:
    broken = {**SECOND, "defaults": {"on_create": "nwe"}}
    assert site.post(page(flow), form(broken, _draft="1")).status_code == 302
    shown = text(site.get(page(flow)))
    assert "The draft can’t be published yet" in shown
    assert "defaults.on_create" in shown

    site.post(f"/admin/lifecycles/lifecycle/{flow.pk}/discard-draft/")
    flow.refresh_from_db()
    assert flow.draft is None


def test_what_is_probably_a_mistake_is_told(site: Client, flow: Lifecycle) -> None:
    odd = json.loads(json.dumps(SECOND))
    odd["transitions"][0]["roles"] = ["agnet"]
    site.post(page(flow), form(odd, _draft="1"))
    shown = text(site.get(page(flow)))
    assert "Allowed, and probably a mistake" in shown
    assert "transitions[0].roles" in shown


def test_tickets_are_moved_by_a_plan(site: Client, flow: Lifecycle) -> None:
    lifecycles.publish(flow, SECOND, actor=None)
    url = f"/admin/lifecycles/lifecycle/{flow.pk}/move/"

    shown = text(site.get(url))
    assert "2 tickets would be moved to version 2" in shown
    assert "“waiting” becomes" in shown
    refused = site.post(url, {"version": "2", "status_0": ""})
    assert refused.status_code == 200
    assert not VersionMove.objects.exists()

    begun = site.post(url, {"version": "2", "status_0": "parked"})
    move = VersionMove.objects.get()
    assert begun.headers["Location"] == f"{url}{move.pk}/"
    assert "0 of 2 tickets" in text(site.get(begun.headers["Location"]))
    site.post(begun.headers["Location"], {"stop": "1"})
    assert "Go on" in text(site.get(begun.headers["Location"]))
    site.post(begun.headers["Location"], {"resume": "1"})
    moving.carry_out(move.pk)
    assert "2 of 2 tickets" in text(site.get(begun.headers["Location"]))
    assert statuses(flow) == [("new", 2), ("parked", 2)]
    assert "All tickets live by this version already" in text(site.get(url))


def test_a_version_that_is_not_there_is_told(site: Client, flow: Lifecycle) -> None:
    answer = site.get(f"/admin/lifecycles/lifecycle/{flow.pk}/move/?version=9")
    assert "The lifecycle has no such version" in text(answer)


def test_only_who_may_change_lifecycles_moves_tickets(client: Client, flow: Lifecycle) -> None:
    client.force_login(holder("una", "AdminQueue"))
    url = f"/admin/lifecycles/lifecycle/{flow.pk}/move/"
    assert client.get(url).status_code == 403
    assert client.post(url, {"version": "1"}).status_code == 403
    assert client.post(f"/admin/lifecycles/lifecycle/{flow.pk}/discard-draft/").status_code == 403
