"""Drafts, versions and diagrams of lifecycles in the administration."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from lifecycles import service
from lifecycles.models import Lifecycle
from tessera.accounts.models import AuditEntry
from tests.admin.pages import errors, text
from tests.office import Office
from tests.people import holder
from tests.tickets.test_moving import FIRST, SECOND

# Session, user, the number of the configuration; the lifecycle twice, its versions, their ids and the tickets', who
# had a status that is no more.
STATEMENTS = 14


@pytest.fixture
def flow(office: Office) -> Lifecycle:
    """A lifecycle of one version."""
    return service.create("flow", FIRST, actor=None)


def url(lifecycle: Lifecycle) -> str:
    return f"/admin/lifecycles/lifecycle/{lifecycle.pk}/change/"


def seen(site: Client, lifecycle: Lifecycle) -> str:
    """The mark that the form of the page carries."""
    found = re.search(r'name="seen" value="(\w+)"', text(site.get(url(lifecycle))))
    assert found is not None
    return found[1]


def form(site: Client, lifecycle: Lifecycle, button: str, **changes: Any) -> dict[str, Any]:
    """The form as a browser sends it when that button is pressed."""
    held = {"name": "flow", "definition": json.dumps(SECOND), "note": "", button: "x"}
    return held | {"seen": seen(site, lifecycle)} | changes


def publish(site: Client, flow: Lifecycle, given: dict[str, Any], note: str = "") -> str:
    """The page after the form was sent to be published, and then published with that note."""
    review = text(site.post(url(flow), given, follow=True))
    mark = re.search(r'name="seen" value="(\w+)"', review)
    assert mark is not None
    address = url(flow).replace("change", "publish")
    return text(site.post(address, {"seen": mark[1], "note": note}, follow=True))


def without_target() -> dict[str, Any]:
    """A definition whose one transition leads to nothing that there is."""
    return {**SECOND, "transitions": [{"name": "finish", "from": "*", "to": "dnoe"}]}


def test_draft_is_kept_beside_the_published_version(site: Client, flow: Lifecycle) -> None:
    answer = site.post(url(flow), form(site, flow, "_draft"), follow=True)

    flow.refresh_from_db()
    assert flow.draft == SECOND
    assert flow.versions.count() == 1
    page = text(answer)
    assert "The draft is kept. It has no faults." in page
    assert "<li>Status &#x27;waiting&#x27; was removed</li>" in page
    assert 'aria-label="State diagram: as it stands here"' in page


def test_draft_may_have_faults_and_they_are_told_with_their_places(
    site: Client, flow: Lifecycle
) -> None:
    given = form(site, flow, "_draft", definition=json.dumps(without_target()))

    page = text(site.post(url(flow), given, follow=True))

    flow.refresh_from_db()
    assert flow.draft == without_target()
    assert "The draft is kept. It has 1 fault, which is told below." in page
    cell = page.partition('id="told-t0-to"')[2].partition("</div>")[0]
    assert "no status &#x27;dnoe&#x27;; did you mean &#x27;done&#x27;?" in cell
    assert 'aria-label="State diagram: as it stands here"' in page


def test_form_without_a_button_publishes_nothing(site: Client, flow: Lifecycle) -> None:
    given = form(site, flow, "_draft")
    del given["_draft"]

    site.post(url(flow), given)

    flow.refresh_from_db()
    assert (flow.draft, flow.versions.count()) == (SECOND, 1)


def test_published_draft_is_the_next_version_with_its_note(site: Client, flow: Lifecycle) -> None:
    service.save_draft(flow, {})

    page = publish(site, flow, form(site, flow, "_publish"), note="Nobody waits")

    flow.refresh_from_db()
    assert flow.current is not None
    assert (flow.current.number, flow.current.note, flow.draft) == (2, "Nobody waits", None)
    assert flow.current.definition == SECOND
    assert "Version 2 is published: new tickets take it." in page
    assert flow.current.sha256[:12] in page


def test_fault_of_what_is_published_stands_at_the_field_and_nothing_is_kept(
    site: Client, flow: Lifecycle
) -> None:
    given = form(site, flow, "_publish", name="other", definition=json.dumps(without_target()))

    answer = site.post(url(flow), given)

    told = "transitions[0].to: no status 'dnoe'; did you mean 'done'?"
    assert errors(answer) == {"definition": [told]}
    flow.refresh_from_db()
    assert (flow.name, flow.draft, flow.versions.count()) == ("flow", None, 1)


def test_publishing_what_is_published_makes_no_version(site: Client, flow: Lifecycle) -> None:
    given = form(site, flow, "_publish", definition=json.dumps(FIRST))

    page = publish(site, flow, given)

    assert "Version 1 says the same already: no new one was made." in page
    assert flow.versions.count() == 1


@pytest.mark.parametrize(
    ("definition", "told"),
    [
        ('{"statuses": {,}}', "This is no JSON: line 1, column 15."),
        ("[" * 100_000, "This is no JSON that can be read: it is too deep"),
        ("[" * 600 + "]" * 600, "[0]" * 13 + ": is nested deeper than 12 levels"),
        ("9" * 5_000, "This is no JSON that can be read: it is too deep"),
        ('{"a": NaN}', "a: is no finite number"),
        (r'{"a": "\ud800"}', "a: holds half of a surrogate pair"),
        (r'{"\u0000": 1}', "has a key that is no plain text"),
        ("[]", "This field is required."),
        ("", "This field is required."),
    ],
)
def test_text_that_can_not_be_kept_is_refused_and_given_back(
    site: Client, flow: Lifecycle, definition: str, told: str
) -> None:
    answer = site.post(url(flow), form(site, flow, "_draft", definition=definition))

    (found,) = errors(answer)["definition"]
    assert found.startswith(told)
    flow.refresh_from_db()
    assert flow.draft is None


def test_what_somebody_else_saved_meanwhile_is_not_overwritten_unawares(
    site: Client, flow: Lifecycle
) -> None:
    given = form(site, flow, "_publish")
    service.save_draft(flow, FIRST)

    page = text(site.post(url(flow), given))

    flow.refresh_from_db()
    assert "Somebody else saved this lifecycle since you opened it." in page
    assert "parked" in page
    assert (flow.draft, flow.versions.count()) == (FIRST, 1)
    again = re.search(r'name="seen" value="(\w+)"', page)
    assert again is not None
    site.post(url(flow), given | {"seen": again[1]})
    flow.refresh_from_db()
    assert (flow.draft, flow.versions.count()) == (SECOND, 1)


def test_discarded_draft_is_gone_and_the_version_stays(site: Client, flow: Lifecycle) -> None:
    service.save_draft(flow, SECOND)
    mark = seen(site, flow)
    address = url(flow).replace("change", "draft/discard")

    assert site.get(address).status_code == 405
    page = text(site.post(address, {"seen": mark}, follow=True))

    flow.refresh_from_db()
    assert "The draft is discarded." in page
    assert (flow.draft, flow.versions.count()) == (None, 1)


def test_audit_tells_of_drafts_that_were_kept_and_discarded(site: Client, flow: Lifecycle) -> None:
    site.post(url(flow), form(site, flow, "_draft"))
    mark = seen(site, flow)

    site.post(url(flow).replace("change", "draft/discard"), {"seen": mark})
    site.post(url(flow).replace("change", "draft/discard"), {"seen": mark})

    entries = AuditEntry.objects.filter(subject_type="lifecycle", subject_id=flow.pk).order_by("pk")
    told = [(entry.kind, list(entry.changes)) for entry in entries]
    assert told == [("configuration_changed", ["draft"])] * 2


def test_draft_that_was_not_looked_at_is_not_discarded(site: Client, flow: Lifecycle) -> None:
    service.save_draft(flow, SECOND)
    mark = seen(site, flow)
    service.save_draft(flow, FIRST)

    page = text(
        site.post(url(flow).replace("change", "draft/discard"), {"seen": mark}, follow=True)
    )

    flow.refresh_from_db()
    assert "look at it first" in page
    assert flow.draft == FIRST


def test_warnings_of_the_published_version_are_told(site: Client, office: Office) -> None:
    held = {
        **FIRST,
        "transitions": [
            {"name": "finish", "from": ["new"], "to": "done", "roles": ["night watch"]},
            {"name": "end", "from": ["waiting"], "to": "done"},
        ],
    }
    lifecycle = service.create("odd", held, actor=None)

    page = text(site.get(url(lifecycle)))

    roles = page.partition('id="told-t0-roles"')[2].partition("</div>")[0]
    waiting = page.partition('id="told-s1-name"')[2].partition("</div>")[0]
    assert "nobody holds the role &#x27;night watch&#x27;" in roles
    assert "no transitions lead from an initial status to &#x27;waiting&#x27;" in waiting


def test_names_of_people_are_text_wherever_they_stand(site: Client, office: Office) -> None:
    name = "<img src=x onerror=alert(1)>"
    held = {
        "statuses": {"initial": ["new"], "active": [], "inactive": ["done", name]},
        "transitions": [{"name": name, "label": name, "from": "*", "to": name}],
    }
    lifecycle = service.create(name, held, actor=None, note=name)
    service.save_draft(lifecycle, {name: name})

    page = text(site.get(url(lifecycle)))
    service.save_draft(lifecycle, FIRST)
    page += text(site.get(url(lifecycle)))
    assert lifecycle.current is not None
    page += text(site.get(f"/admin/lifecycles/lifecycleversion/{lifecycle.current.pk}/change/"))

    assert name in re.sub("&lt;", "<", page).replace("&gt;", ">")
    assert "<img" not in page


def test_page_of_a_version_shows_its_diagram_and_what_it_changed(
    site: Client, flow: Lifecycle
) -> None:
    version = service.publish(flow, SECOND, actor=None)

    page = text(site.get(f"/admin/lifecycles/lifecycleversion/{version.pk}/change/"))

    assert 'aria-label="State diagram: version 2"' in page
    assert "<li>Status &#x27;waiting&#x27; was removed</li>" in page


def test_page_takes_as_many_statements_for_three_versions_as_for_two(
    site: Client, flow: Lifecycle, django_assert_num_queries: Any
) -> None:
    service.publish(flow, SECOND, actor=None)
    site.get(url(flow))

    with django_assert_num_queries(STATEMENTS):
        site.get(url(flow))
    service.publish(flow, FIRST, actor=None, note="back")
    site.get(url(flow))
    with django_assert_num_queries(STATEMENTS):
        site.get(url(flow))


def test_who_may_not_change_lifecycles_discards_no_draft(flow: Lifecycle) -> None:
    service.save_draft(flow, SECOND)
    client = Client()
    client.force_login(holder("lea", "AdminQueue"))

    answer = client.post(url(flow).replace("change", "draft/discard"))

    flow.refresh_from_db()
    assert answer.status_code == 403
    assert flow.draft == SECOND
