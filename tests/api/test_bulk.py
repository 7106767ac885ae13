"""/api/tickets/bulk."""

from typing import Any

import pytest

from tessera.accounts.models import ApiToken, User
from tests.api.caller import Caller, error
from tests.people import grant
from tickets import bulk
from tickets.models import BulkChange, Queue, Ticket, Transaction
from tickets.models.ticket import ticket_key

PATH = "/api/tickets/bulk"


@pytest.fixture
def three(api: Caller, support: Queue) -> list[int]:
    made = [
        api.post("/api/tickets", {"subject": f"Fire {place}", "queue": "support"})
        for place in range(3)
    ]
    return [int(each.json()["ticket"]["id"]) for each in made]


@pytest.fixture
def agent(support: Queue) -> Caller:
    user = User.objects.create_user("lea", email="lea@example.com")
    grant("agent", user=user, queue=support)
    return Caller(ApiToken.issue(user))


@pytest.fixture
def _few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 2)


def priorities() -> list[int]:
    return list(Ticket.objects.order_by("pk").values_list("priority", flat=True))


def test_few_tickets_are_changed_at_once_each_in_a_unit_of_its_own(
    api: Caller, three: list[int]
) -> None:
    ids = [three[2], three[0]]
    answer = api.post(PATH, {"ids": ids, "changes": {"priority": 7}})

    assert answer.status_code == 200
    results = answer.json()["results"]
    assert list(answer.json()) == ["results"]
    assert [(each["ticket_id"], set(each)) for each in results] == [
        (number, {"ticket_id", "outcome"}) for number in ids
    ]
    assert [each["outcome"]["ticket"]["priority"] for each in results] == [7, 7]
    assert priorities() == [7, 0, 7]
    batches = [each["outcome"]["transactions"][0]["batch"] for each in results]
    assert len(set(batches)) == 2


def test_an_outcome_is_that_of_a_patch(api: Caller, three: list[int]) -> None:
    first, second, _third = three
    changes = {"priority": 7, "message": {"type": "comment", "content": "x"}}
    patched = api.patch(f"/api/tickets/{first}", changes).json()
    (result,) = api.post(PATH, {"ids": [second], "changes": changes}).json()["results"]

    def told(outcome: dict[str, Any]) -> list[tuple[Any, ...]]:
        return [
            (t["type"], t["field"], t["old_value"], t["new_value"], t["data"].get("content"))
            for t in outcome["transactions"]
        ]

    assert told(result["outcome"]) == told(patched)
    assert set(result["outcome"]) == set(patched)


def test_a_query_says_which_tickets(api: Caller, three: list[int]) -> None:
    api.patch(f"/api/tickets/{three[1]}", {"subject": "Water"})
    answer = api.post(PATH, {"query": "Subject LIKE fire", "changes": {"priority": 7}}).json()

    assert [each["ticket_id"] for each in answer["results"]] == [three[0], three[2]]
    assert answer["warnings"] == []
    none = api.post(PATH, {"query": "Subject = none", "changes": {"priority": 7}})
    assert (none.status_code, none.json()) == (200, {"results": [], "warnings": []})


def test_what_one_ticket_is_refused_does_not_hold_up_the_others(
    api: Caller, three: list[int]
) -> None:
    first, second, third = three
    api.patch(f"/api/tickets/{second}", {"links": {"depends_on": [third]}})
    answer = api.post(PATH, {"ids": three, "changes": {"status": "rejected"}}).json()

    codes = [each.get("error", {}).get("code") for each in answer["results"]]
    assert codes == [None, "open_dependencies", None]
    assert answer["results"][1]["error"]["tickets"] == [third]
    assert list(Ticket.objects.order_by("pk").values_list("status", flat=True)) == [
        *("rejected", "new", "rejected")
    ]
    assert first


def test_a_ticket_that_may_not_be_seen_is_not_found_in_its_place(
    api: Caller, agent: Caller, three: list[int]
) -> None:
    api.post("/api/queues", {"name": "Secret"})
    secret = api.post("/api/tickets", {"subject": "x", "queue": "Secret"}).json()["ticket"]["id"]
    ids = [three[0], secret, 987_654_321, three[1]]
    results = agent.post(PATH, {"ids": ids, "changes": {"priority": 7}}).json()["results"]

    assert [each["ticket_id"] for each in results] == ids
    assert [set(each) for each in results] == [
        {"ticket_id", name} for name in ("outcome", "error", "error", "outcome")
    ]
    assert results[1]["error"] == results[2]["error"]
    assert results[1]["error"]["code"] == "not_found"
    assert priorities() == [7, 7, 0, 0]


def test_a_key_serves_where_an_id_does(api: Caller, three: list[int]) -> None:
    body = {"ids": [ticket_key(three[0])], "changes": {"priority": 7}}
    assert api.post(PATH, body).json()["results"][0]["ticket_id"] == three[0]


def test_a_preview_leaves_nothing(api: Caller, three: list[int]) -> None:
    before = Transaction.objects.count()
    body = {"ids": three[:2], "changes": {"priority": 7}, "preview": True}
    results = api.post(PATH, body).json()["results"]

    assert [each["outcome"]["dry_run"] for each in results] == [True, True]
    assert results[0]["outcome"] == {
        **api.post(f"/api/tickets/{three[0]}/preview", {"priority": 7}).json(),
        **{name: results[0]["outcome"][name] for name in ("ticket", "transactions")},
    }
    assert (priorities(), Transaction.objects.count()) == ([0, 0, 0], before)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"changes"}),
        ({"changes": {}}, {"changes"}),
        ({"changes": {"priority": 7}}, {"query", "ids"}),
        ({"changes": {"priority": 7}, "ids": [1], "query": "id = 1"}, {"query", "ids"}),
        ({"changes": {"priority": 7}, "ids": []}, {"ids"}),
        ({"changes": {"priority": 7}, "ids": [1, "TKT-0001"]}, {"ids"}),
        ({"changes": {"priority": 7}, "ids": [1, "x", True, 0, None]}, set(map("ids.{}".format, (1, 2, 3, 4)))),
        ({"changes": {"priority": 7}, "ids": 5}, {"ids"}),
        ({"changes": {"priority": 7}, "query": " "}, {"query"}),
        ({"changes": {"priority": 7}, "query": 5}, {"query"}),
        ({"changes": [], "ids": [1]}, {"changes"}),
        ({"changes": {"priority": 700, "nonsense": 1}, "ids": [1]}, {"changes.priority", "changes.nonsense"}),
        ({"changes": {"version": 3}, "ids": [1]}, {"changes.version"}),
        ({"changes": {"subject": "a\0b"}, "ids": [1]}, {"changes.subject"}),
        ({"changes": {"message": {"type": "comment", "content": "x", "attachment_ids": [1]}}, "ids": [1]},
         {"changes.message.attachment_ids"}),
        ({"changes": {"priority": 7}, "ids": [1], "preview": 1, "more": 1}, {"preview", "more"}),
    ],
)  # fmt: skip
def test_what_would_be_wrong_with_every_ticket_is_told_at_once_and_nothing_changes(
    api: Caller, three: list[int], body: dict[str, Any], fields: set[str]
) -> None:
    found = error(api.post(PATH, body))

    assert (found[0], found[1], set(found[2])) == (400, "invalid", fields)
    assert priorities() == [0, 0, 0]


def test_a_query_that_does_not_parse_is_told_with_its_place(api: Caller, three: list[int]) -> None:
    answer = api.post(PATH, {"query": "Prioirty > 5", "changes": {"priority": 7}})
    assert error(answer)[:2] == (400, "query_invalid")
    assert answer.json()["position"] == 0


@pytest.mark.usefixtures("_few_at_once")
def test_many_tickets_are_given_to_a_worker_and_the_url_ends_in_their_results(
    api: Caller, three: list[int]
) -> None:
    ids = [*reversed(three), 987_654_321]
    made = api.post(PATH, {"ids": ids, "changes": {"priority": 7}})

    assert made.status_code == 202
    state = made.json()
    assert {name: state[name] for name in ("status", "total", "done", "failed", "preview")} == {
        "status": "running",
        "total": 4,
        "done": 0,
        "failed": 0,
        "preview": False,
    }
    assert state["url"].endswith(f"/api/tickets/bulk/{state['id']}")
    running = api.get(state["url"]).json()
    assert (running["status"], running["results"]) == ("running", [])

    bulk.carry_out(state["id"])

    done = api.get(state["url"]).json()
    assert (done["status"], done["done"], done["failed"]) == ("done", 4, 1)
    assert [each["ticket_id"] for each in done["results"]] == ids
    assert done["results"][0]["outcome"]["ticket"]["priority"] == 7
    assert done["results"][3]["error"]["code"] == "not_found"
    assert (done["next"], done["count"]) == (None, 4)
    failed = api.get(f"{state['url']}?outcome=error").json()
    assert [each["ticket_id"] for each in failed["results"]] == [987_654_321]
    assert api.get(PATH).json()["results"][0] == {name: done[name] for name in state}


@pytest.mark.usefixtures("_few_at_once")
def test_results_come_in_pages(api: Caller, three: list[int]) -> None:
    made = api.post(PATH, {"ids": three, "changes": {"priority": 7}}).json()
    bulk.carry_out(made["id"])

    first = api.get(f"{made['url']}?page_size=2").json()
    second = api.get(first["next"]).json()
    assert [[each["ticket_id"] for each in page["results"]] for page in (first, second)] == [
        three[:2],
        three[2:],
    ]


@pytest.mark.usefixtures("_few_at_once")
def test_one_that_is_stopped_shows_what_was_done_and_goes_on_when_resumed(
    api: Caller, three: list[int]
) -> None:
    made = api.post(PATH, {"query": "id > 0", "changes": {"priority": 7}}).json()
    assert made["warnings"] == []

    stopped = api.post(f"{made['url']}/stop").json()
    bulk.carry_out(made["id"])
    assert (stopped["status"], stopped["ended_at"] is None) == ("stopped", False)
    assert api.get(made["url"]).json()["results"] == []
    assert priorities() == [0, 0, 0]

    resumed = api.post(f"{made['url']}/resume").json()
    assert (resumed["status"], resumed["ended_at"]) == ("running", None)
    bulk.carry_out(made["id"])
    assert priorities() == [7, 7, 7]
    assert api.post(f"{made['url']}/stop").json()["status"] == "done"


@pytest.mark.usefixtures("_few_at_once")
def test_only_its_owner_and_a_superuser_read_one(
    api: Caller, agent: Caller, stranger: Caller, three: list[int]
) -> None:
    made = agent.post(PATH, {"ids": three, "changes": {"priority": 7}}).json()

    for path in ("", "/stop", "/resume"):
        ask = stranger.post if path else stranger.get
        unseen, missing = ask(f"{PATH}/{made['id']}{path}"), ask(f"{PATH}/987654321{path}")
        assert (unseen.status_code, unseen.content) == (404, missing.content)
    assert [len(c.get(PATH).json()["results"]) for c in (agent, api, stranger)] == [1, 1, 0]
    assert api.post(f"{PATH}/{made['id']}/stop").json()["status"] == "stopped"


@pytest.mark.usefixtures("_few_at_once")
def test_a_preview_of_many_is_worked_off_and_leaves_nothing(api: Caller, three: list[int]) -> None:
    made = api.post(PATH, {"ids": three, "changes": {"priority": 7}, "preview": True}).json()
    bulk.carry_out(made["id"])

    results = api.get(made["url"]).json()["results"]
    assert [each["outcome"]["allowed"] for each in results] == [True] * 3
    assert [each["outcome"]["ticket"]["priority"] for each in results] == [7] * 3
    assert priorities() == [0, 0, 0]


@pytest.mark.usefixtures("_few_at_once")
def test_nobody_has_more_than_a_few_running(api: Caller, agent: Caller, three: list[int]) -> None:
    body = {"ids": three, "changes": {"priority": 7}}
    for _each in range(bulk.MOST_RUNNING):
        assert api.post(PATH, body).status_code == 202
    refused = api.post(PATH, body)

    assert (error(refused)[:2], refused["Retry-After"]) == ((429, "throttled"), "60")
    assert agent.post(PATH, body).status_code == 202
    assert BulkChange.objects.count() == bulk.MOST_RUNNING + 1


def test_too_many_tickets_are_refused(
    api: Caller, three: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MOST", 2)
    for asked in ({"ids": three}, {"query": "id > 0"}):
        found = error(api.post(PATH, {**asked, "changes": {"priority": 7}}))
        assert (found[0], set(found[2])) == (400, set(asked))


@pytest.mark.usefixtures("_few_at_once")
def test_the_same_key_begins_it_once(api: Caller, three: list[int]) -> None:
    body = {"ids": three, "changes": {"priority": 7}}
    first = api.post(PATH, body, Idempotency_Key="once")
    again = api.post(PATH, body, Idempotency_Key="once")

    assert first.status_code == 202
    assert again.json() == first.json()
    assert BulkChange.objects.count() == 1
