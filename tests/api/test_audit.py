"""/api/audit and /api/configuration/check."""

import pytest

from tessera.accounts import audit
from tessera.accounts.models import ApiToken, User
from tests.api.caller import Caller
from tests.office import Office
from tests.people import holder


@pytest.fixture
def api(office: Office) -> Caller:
    caller = Caller(ApiToken.issue(User.objects.get(username="root")))
    caller.get("/api/me")
    return caller


def kinds(api: Caller, query: str = "") -> list[str]:
    return [each["kind"] for each in api.get(f"/api/audit{query}").json()["results"]]


def test_entries_are_found_by_who_what_and_when(api: Caller, office: Office) -> None:
    audit.note("login", actor=office.ann, subject=office.ann)
    audit.note("configuration_changed", actor=office.admin.person, subject=office.support)
    ann, queue = office.ann.pk, office.support.pk

    assert kinds(api)[:2] == ["configuration_changed", "login"]
    assert kinds(api, "?kind=login") == ["login"]
    assert kinds(api, f"?actor_id={ann}") == ["login"]
    assert kinds(api, f"?subject_type=queue&subject_id={queue}") == ["configuration_changed"]
    assert kinds(api, "?until=2000-01-01T00:00:00Z") == []
    assert "login" in kinds(api, "?since=2000-01-01T00:00:00Z")
    assert set(api.get("/api/audit?kind=none&nonsense=1").json()["errors"]) == {"kind", "nonsense"}


def test_an_entry_tells_old_and_new(api: Caller, office: Office) -> None:
    api.patch(f"/api/queues/{office.support.pk}", {"description": "Desk"})

    (entry,) = api.get("/api/audit?kind=configuration_changed").json()["results"]

    assert api.get(f"/api/audit/{entry['id']}").json() == entry
    assert (entry["subject_type"], entry["subject_name"]) == ("queue", "Support")
    assert entry["changes"] == {"description": ["", "Desk"]}
    assert entry["actor_name"] == "root"
    assert api.get("/api/audit/999999999").status_code == 404


def test_whoever_administers_people_alone_reads_neither(office: Office) -> None:
    caller = Caller(ApiToken.issue(holder("paula", "AdminUsers")))

    assert caller.get("/api/audit").status_code == 403
    assert caller.get("/api/configuration/check").status_code == 403


def test_the_check_tells_what_why_and_how_bad(api: Caller, office: Office) -> None:
    body = api.get("/api/configuration/check").json()

    assert body["faults"] == 0
    found = {(each["code"], each["name"]): each for each in body["results"]}
    assert found["queue_without_address", "Other"] == {
        "code": "queue_without_address",
        "severity": "hint",
        "kind": "queue",
        "id": office.other.pk,
        "name": "Other",
        "what": "It has no address that its mail comes from.",
        "why": found["queue_without_address", "Other"]["why"],
    }
