"""TicketSQL over HTTP: search, its pages and orders, what is wrong with a query, and what may come next in one."""

from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest

from tessera.accounts.models import ApiToken, User
from tests.api.caller import Caller
from tests.office import Office
from tests.people import grant
from tickets import service

SEARCH = "/api/tickets/search"


@pytest.fixture
def api(office: Office) -> Caller:
    for number in range(7):
        service.create(
            {
                "subject": f"Printer {number}" if number % 2 else f"Paper {number}",
                "queue_id": office.support.pk if number < 5 else office.other.pk,
                "priority": number % 3 * 10,
                "requestors": ["cust@example.com"] if number in (1, 6) else [],
                "custom_fields": {"severity": "high" if number < 3 else "low"}
                if number < 5
                else {},
                "message": {"content": f"It smokes, number {number}", "content_type": "text/plain"},
            },
            actor=office.admin,
        )
    return Caller(ApiToken.issue(User.objects.get(username="root")))


def fetch(caller: Caller, path: str, query: dict[str, str]) -> Any:
    return caller.get(f"{path}?{urlencode(query)}")


def subjects(answer: Any) -> list[str]:
    return [ticket["subject"] for ticket in answer.json()["results"]]


def test_search_and_list_find_the_same(api: Caller) -> None:
    text = "Queue = Support AND CF.severity = high AND Subject LIKE print"

    found = api.post(SEARCH, {"query": text, "order": "id"})
    listed = fetch(api, "/api/tickets", {"q": text, "order": "id"})

    assert subjects(found) == subjects(listed) == ["Printer 1"]
    assert found.json()["warnings"] == []
    assert found.json() == listed.json()


def test_pages_of_a_search_lead_on_through_the_list(api: Caller) -> None:
    first = api.post(SEARCH, {"query": "Priority < 50", "order": "-priority", "page_size": 3})
    second = api.get(first.json()["next"])
    third = api.get(second.json()["next"])

    wanted = ["Printer 5", "Paper 2", "Paper 4", "Printer 1", "Paper 6", "Printer 3", "Paper 0"]
    assert subjects(first) + subjects(second) + subjects(third) == wanted
    assert third.json()["next"] is None
    back = api.get(third.json()["previous"])
    assert subjects(back) == subjects(second)
    (cursor,) = parse_qs(first.json()["next"])["cursor"]
    again = {"query": "Priority < 50", "order": "-priority", "page_size": 3, "cursor": cursor}
    assert subjects(api.post(SEARCH, again)) == subjects(second)


def test_full_text_finds_subjects_and_messages(api: Caller) -> None:
    assert subjects(api.post(SEARCH, {"query": 'Content MATCHES "smokes 4"'})) == ["Paper 4"]
    assert subjects(api.post(SEARCH, {"query": "Content MATCHES 'printer 1'"})) == ["Printer 1"]
    assert len(subjects(api.post(SEARCH, {"query": "Subject MATCHES printer"}))) == 3


@pytest.mark.parametrize(
    ("query", "code", "position"),
    [
        ("Priorty > 3", "query_invalid", 0),
        ("Priority > high", "query_invalid", 11),
        ("Status = open AND", "query_invalid", 17),
        ("CF.{nothing} = 1", "query_invalid", 0),
    ],
)
def test_what_is_wrong_is_told_at_its_place(
    api: Caller, query: str, code: str, position: int
) -> None:
    for answer in (
        api.post(SEARCH, {"query": query}),
        api.post(f"{SEARCH}/validate", {"query": query}),
        fetch(api, "/api/tickets", {"q": query}),
    ):
        assert answer.status_code == 400
        assert (answer.json()["code"], answer.json()["position"]) == (code, position)


def test_an_order_that_no_index_serves_is_refused_with_those_that_do(api: Caller) -> None:
    answer = api.post(SEARCH, {"query": "", "order": "-started_at"})

    assert answer.status_code == 400
    assert "updated_at" in answer.json()["errors"]["order"][0]


def test_a_query_is_said_in_words(api: Caller) -> None:
    text = "Queue = Support AND Status = __Active__ AND CF.severity = high"
    answer = api.post(f"{SEARCH}/validate", {"query": text}).json()

    assert answer == {
        "valid": True,
        "in_words": "tickets where queue is Support and status is any that is not inactive "
        "and CF.severity is high",
        "warnings": [],
    }


def test_what_there_is_not_is_a_warning(api: Caller) -> None:
    text = "Queue = Suport OR Status = opn OR Owner = nobodyknows OR Lifecycle = 'defalt'"
    answer = api.post(SEARCH, {"query": text}).json()

    assert answer["results"] == []
    assert answer["warnings"] == [
        "there is no queue 'Suport'; did you mean 'Support'?",
        "no lifecycle has a status 'opn'; did you mean 'open'?",
        "there is no user 'nobodyknows'",
        "there is no lifecycle 'defalt'; did you mean 'default'?",
    ]


@pytest.mark.parametrize(
    ("query", "warned"),
    [
        (
            "Subject LIKE '%printer%'",
            "% is a plain character, and LIKE means contains: write Subject LIKE 'printer'",
        ),
        ("Subject NOT LIKE 'paper%'", "write Subject LIKE 'paper'"),
        ("Subject LIKE '100%' OR Subject LIKE 'a % b'", None),
        ("Owner = me", "there is no user 'me'; did you mean '__CurrentUser__'?"),
        ("Owner = unassigned", "there is no user 'unassigned'; did you mean 'Nobody'?"),
        (
            "Owner = 'ann@example.com'",
            "there is no user 'ann@example.com'; for an e-mail address write Owner.EmailAddress",
        ),
        ("Requestor = ann", "'ann' is no e-mail address; for a username write Requestor.Name"),
        ("Requestor IN ('ann@example.com', __CurrentUser__)", None),
        ("CF.severity = hihg", "there is no choice 'hihg'; did you mean 'high'?"),
        ("CF.severity IN (high, low)", None),
        (
            "TransactionType = coment",
            "there is no type of transaction 'coment'; did you mean 'Comment'?",
        ),
    ],
)
def test_what_means_something_else_elsewhere_is_a_warning(
    api: Caller, query: str, warned: str | None
) -> None:
    told = api.post(f"{SEARCH}/validate", {"query": query}).json()["warnings"]

    assert told == [] if warned is None else told[0].endswith(warned)


def test_nobody_finds_what_he_may_not_see(api: Caller, office: Office) -> None:
    customer = User.objects.create_user("cust", email="cust@example.com")
    caller = Caller(ApiToken.issue(customer))

    assert sorted(subjects(caller.post(SEARCH, {"query": ""}))) == ["Paper 6", "Printer 1"]
    comment = {"message": {"type": "comment", "content": "secretword"}}
    number = api.post(SEARCH, {"query": "Subject = 'Printer 1'"}).json()["results"][0]["id"]
    service.apply(number, comment, actor=office.admin)
    for query in (
        "Content MATCHES secretword",
        "Content LIKE secretword",
        "TransactionType = Comment",
        "Content LIKE secret AND TransactionType != Create",
    ):
        assert subjects(caller.post(SEARCH, {"query": query})) == [], query
        assert subjects(api.post(SEARCH, {"query": query})) == ["Printer 1"], query
    hidden = caller.post(SEARCH, {"query": "Queue = Support OR Owner = ann"}).json()
    assert hidden["warnings"] == ["there is no queue 'Support'"]


def test_links_to_what_one_may_not_see_are_none(api: Caller, office: Office) -> None:
    mine, other = (
        api.post(SEARCH, {"query": f"Subject = '{name}'"}).json()["results"][0]["id"]
        for name in ("Printer 1", "Paper 0")
    )
    service.apply(mine, {"links": {"depends_on": [other]}}, actor=office.admin)
    User.objects.create_user("cust", email="cust@example.com")
    caller = Caller(ApiToken.issue(User.objects.get(username="cust")))

    for query in (f"DependsOn = {other}", "DependsOn IS NOT NULL", f"LinkedTo = {other}"):
        assert subjects(api.post(SEARCH, {"query": query})) == ["Printer 1"]
        assert subjects(caller.post(SEARCH, {"query": query})) == []


def texts(answer: Any) -> list[str]:
    return [one["text"] for one in answer.json()["results"]]


@pytest.mark.parametrize(
    ("query", "wanted", "start"),
    [
        ("Sta", ["Status", "Started"], 0),
        ("Requestor.E", ["Requestor.EmailAddress"], 0),
        ("CF.sev", ["CF.{severity}"], 0),
        ("CF.{sev", ["CF.{severity}"], 0),
        ("Status = open AND Owner.", ["Owner.Name", "Owner.EmailAddress"], 18),
        ("Owner = ann@", [], 8),
        ("Owner .", [], 6),
        (
            "Priority ",
            ["=", "!=", "<", "<=", ">", ">=", "IN", "NOT IN", "IS NULL", "IS NOT NULL"],
            9,
        ),
        ("Subject NOT L", ["LIKE"], 12),
        ("Queue = Su", ["Support"], 8),
        ("CF.severity = ", ["low", "high"], 14),
        ("CF.severity IN (low, h", ["high"], 21),
        ("Owner = '__cur", ["__CurrentUser__"], 8),
        ("Owner = an", ["ann"], 8),
        ("Status = open ", ["AND", "OR"], 14),
        ("(Status = open ", ["AND", "OR", ")"], 15),
        ("Status = open A", ["AND"], 14),
        ("Status = open AND Pri", ["Priority"], 18),
        ("Status == x ", [], 12),
    ],
)
def test_completions(api: Caller, query: str, wanted: list[str], start: int) -> None:
    answer = fetch(api, f"{SEARCH}/complete", {"query": query, "cursor": str(len(query))})

    assert (texts(answer), answer.json()["start"]) == (wanted, start)


def test_behind_a_dot_the_custom_fields_come_first(api: Caller) -> None:
    answer = fetch(api, f"{SEARCH}/complete", {"query": "CF."})

    assert "CF.{severity}" in texts(answer)
    assert all(text.startswith("CF.{") for text in texts(answer))
    assert (answer.json()["start"], answer.json()["end"]) == (0, 3)


def test_a_completion_takes_the_place_of_the_word_around_the_cursor(api: Caller) -> None:
    answer = fetch(api, f"{SEARCH}/complete", {"query": "Prio > 3", "cursor": "2"}).json()

    assert (answer["start"], answer["end"]) == (0, 4)
    assert answer["results"][0]["text"] == "Priority"


@pytest.mark.parametrize(
    ("query", "at", "text", "completed"),
    [
        ("Status = 'op' AND id = 1", 12, "open", "Status = open AND id = 1"),
        ("Queue = 'Sup port' AND id = 1", 12, "Support", "Queue = Support AND id = 1"),
        ("Status = 'op AND Queue = 'x'", 12, "open", "Status = open AND Queue = 'x'"),
        ("Status = 'op OR 'x'", 12, "open", "Status = open OR 'x'"),
        ("CF.{sev} = high", 6, "CF.{severity}", "CF.{severity} = high"),
        ("CF.{sev", 7, "CF.{severity}", "CF.{severity}"),
        ("CF.{severity} = high", 3, "CF.{tags}", "CF.{tags} = high"),
        ("CF.sev = high", 5, "CF.{severity}", "CF.{severity} = high"),
    ],
)
def test_a_completion_takes_the_rest_of_a_quoted_or_braced_word_with_it(
    api: Caller, query: str, at: int, text: str, completed: str
) -> None:
    answer = fetch(api, f"{SEARCH}/complete", {"query": query, "cursor": str(at)})

    assert text in texts(answer)
    start, end = answer.json()["start"], answer.json()["end"]
    assert query[:start] + text + query[end:] == completed


def test_a_custom_field_is_found_by_its_name_too(api: Caller) -> None:
    field = {"name": "Asset tag", "key": "inventory", "field_type": "Freeform"}
    api.post("/api/custom-fields", field)

    answer = fetch(api, f"{SEARCH}/complete", {"query": "CF.{Asset t"})

    assert texts(answer) == ["CF.{inventory}"]


def test_who_works_with_no_ticket_learns_of_nobody(api: Caller, office: Office) -> None:
    grant("customer", user=office.ann, queue=office.support)
    caller = Caller(ApiToken.issue(office.ann))

    assert texts(fetch(caller, f"{SEARCH}/complete", {"query": "Owner = r"})) == ["__CurrentUser__"]
    assert texts(fetch(api, f"{SEARCH}/complete", {"query": "Owner = r"})) == [
        "root",
        "__CurrentUser__",
    ]
    assert texts(fetch(caller, f"{SEARCH}/complete", {"query": "Queue = "})) == ["Support"]


@pytest.mark.parametrize(
    ("path", "asked", "secret"),
    [
        ("/complete", {"query": "merg"}, "CF.{merger_target}"),
        ("/complete", {"query": "CF.merger_target = "}, "Acme"),
        ("/complete", {"query": "Status = "}, "diligence"),
        ("/complete", {"query": "Lifecycle = "}, "mergers"),
        ("", {"q": "merger_targt = 1"}, "CF.{merger_target}"),
        ("", {"q": "CF.merger_targt = 1"}, "CF.merger_target"),
        ("", {"q": "Status = diligenze"}, "'diligence'"),
        ("", {"q": "Lifecycle = merger"}, "'mergers'"),
        ("", {"order": "nonsense"}, "cf.merger_target"),
        ("/export.csv", {"columns": "cf.merger_targt"}, "cf.merger_target"),
        ("/export.csv", {"columns": "cf.merger_target"}, "Merger target"),
    ],
)
def test_of_a_process_that_one_may_not_know_nothing_is_offered_or_suggested(
    api: Caller, office: Office, path: str, asked: dict[str, str], secret: str
) -> None:
    statuses = {"initial": ["draft"], "active": ["diligence"], "inactive": ["signed"]}
    definition = {"statuses": statuses, "defaults": {"on_create": "draft"}, "transitions": []}
    made = api.post("/api/lifecycles", {"name": "mergers", "definition": definition}).json()
    queue = api.post("/api/queues", {"name": "Deals", "lifecycle_id": made["id"]}).json()
    field = {"name": "Merger target", "field_type": "SelectSingle", "values": ["Acme"]}
    api.post("/api/custom-fields", {**field, "queue_ids": [queue["id"]], "indexed": True})
    grant("agent", user=office.ann, queue=office.support)
    agent = Caller(ApiToken.issue(office.ann))
    path = f"{SEARCH}{path}" if path == "/complete" else f"/api/tickets{path}"

    assert secret in _text(fetch(api, path, asked))
    assert secret not in _text(fetch(agent, path, asked))


def _text(answer: Any) -> str:
    parts = answer.streaming_content if answer.streaming else [answer.content]
    return b"".join(parts).decode()
