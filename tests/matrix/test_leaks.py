"""What somebody may not see he does not learn of in other ways: from an answer, a count, or what it costs."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from scrips import service as scrips
from tessera.accounts.models import ApiToken
from tests.api.caller import Caller, error
from tests.matrix.cast import Cast
from tests.people import grant, holder
from tickets import service
from tickets.models import Ticket, Transaction
from tickets.models.ticket import ticket_key

MISSING = 987_654_321
# Every path that names a ticket, with what it is asked.
OF_A_TICKET: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/api/tickets/{}", {}),
    ("GET", "/api/tickets/{}?at=1", {}),
    ("PATCH", "/api/tickets/{}", {"subject": "x"}),
    ("PATCH", "/api/tickets/{}", {"status": "nonsense"}),
    ("PATCH", "/api/tickets/{}", {"version": 99}),
    ("PATCH", "/api/tickets/{}", {"nonsense": 1}),
    ("POST", "/api/tickets/{}/preview", {"subject": "x"}),
    ("POST", "/api/tickets/{}/preview", {"nonsense": 1}),
    ("POST", "/api/tickets/{}/comment", {"content": "x"}),
    ("POST", "/api/tickets/{}/reply", {"content": "x"}),
    ("GET", "/api/tickets/{}/transactions", {}),
    ("GET", "/api/tickets/{}/transactions?type=Comment", {}),
    ("GET", "/api/tickets/{}/transitions", {}),
    ("POST", "/api/tickets/{}/transitions/open", {}),
    ("POST", "/api/tickets/{}/transitions/nonsense", {}),
    ("GET", "/api/me/rights?ticket_id={}", {}),
]
# Every other path that names one thing by its id, and which of the cast's things the stranger may not see.
OF_A_THING = [
    ("GET", "/api/transactions/{}", "comment"),
    ("GET", "/api/transactions/{}", "record"),
    ("GET", "/api/attachments/{}", "comment_file"),
    ("GET", "/api/attachments/{}", "correspond_file"),
    ("GET", "/api/attachments/{}/thumbnail", "comment_file"),
    ("GET", "/api/attachments/{}", "waiting_file"),
    ("GET", "/api/deliveries/{}", "delivery"),
    ("POST", "/api/deliveries/{}/retry", "delivery"),
    ("POST", "/api/deliveries/{}/cancel", "delivery"),
    ("GET", "/api/tickets/bulk/{}", "bulk_of_agent"),
    ("POST", "/api/tickets/bulk/{}/stop", "bulk_of_agent"),
    ("POST", "/api/tickets/bulk/{}/resume", "bulk_of_agent"),
    ("GET", "/api/tickets/export.csv?view={}", "view_of_agent"),
    ("GET", "/api/views/{}", "view_of_agent"),
    ("PATCH", "/api/views/{}", "view_of_agent"),
    ("DELETE", "/api/views/{}", "view_of_agent"),
    ("GET", "/api/replies/{}", "reply"),
    ("PATCH", "/api/replies/{}", "reply"),
    ("DELETE", "/api/replies/{}", "reply"),
    ("GET", "/api/queues/{}", "queue"),
    ("PATCH", "/api/queues/{}", "queue"),
    ("GET", "/api/custom-fields/{}", "field"),
    ("PATCH", "/api/custom-fields/{}", "field"),
    ("GET", "/api/custom-fields/{}/usage", "field"),
    ("GET", "/api/lifecycles/{}", "lifecycle"),
    ("GET", "/api/lifecycles/{}/versions", "lifecycle"),
    ("GET", "/api/lifecycles/{}/versions/1", "lifecycle"),
    ("POST", "/api/lifecycles/{}/publish", "lifecycle"),
    ("GET", "/api/lifecycles/{}/diagram", "lifecycle"),
    ("GET", "/api/lifecycles/{}/moves", "lifecycle"),
    ("GET", "/api/scrips/{}", "scrip"),
    ("DELETE", "/api/scrips/{}", "scrip"),
    ("GET", "/api/templates/{}", "template"),
    ("POST", "/api/templates/{}/render", "template"),
    ("GET", "/api/users/{}", "user"),
    ("PATCH", "/api/users/{}", "user"),
    ("GET", "/api/groups/{}", "group"),
    ("GET", "/api/roles/{}", "role"),
    ("GET", "/api/grants/{}", "grant"),
    ("DELETE", "/api/grants/{}", "grant"),
    ("DELETE", "/api/tokens/{}", "token"),
]


def ask(caller: Caller, method: str, path: str, body: dict[str, Any]) -> Any:
    if method == "GET":
        return caller.get(path)
    if method == "DELETE":
        return caller.delete(path)
    return caller.post(path, body) if method == "POST" else caller.patch(path, body)


def told(caller: Caller, method: str, path: str, body: dict[str, Any]) -> tuple[Any, ...]:
    """All that an answer tells: status, headers, body, and what the database was asked for it."""
    with CaptureQueriesContext(connection) as asked:
        answer = ask(caller, method, path, body)
    headers = {name: value for name, value in answer.items() if name != "X-Request-ID"}
    return answer.status_code, headers, answer.content, len(asked)


@pytest.mark.parametrize("who", ["stranger", "other"])
@pytest.mark.parametrize(("method", "path", "body"), OF_A_TICKET)
def test_a_ticket_that_may_not_be_seen_is_like_one_that_is_not_there(
    undone: Cast, who: str, method: str, path: str, body: dict[str, Any]
) -> None:
    caller = undone.callers[who]
    ask(caller, "GET", "/api/me", {})  # the token's time of use is noted once a minute

    unseen = told(caller, method, path.format(undone.ids["ticket"]), body)

    assert unseen == told(caller, method, path.format(MISSING), body)
    assert unseen[0] in (404, 400)


@pytest.mark.parametrize("who", ["stranger", "requestor"])
@pytest.mark.parametrize(("method", "path", "thing"), OF_A_THING)
def test_a_thing_that_may_not_be_seen_is_like_one_that_is_not_there(
    undone: Cast, who: str, method: str, path: str, thing: str
) -> None:
    if (who, thing) == ("requestor", "correspond_file"):
        return  # his own
    caller = undone.callers[who]
    ask(caller, "GET", "/api/me", {})

    unseen = told(caller, method, path.format(undone.ids[thing]), {})

    assert unseen == told(caller, method, path.format(MISSING), {})
    assert unseen[0] == (400 if "?" in path else 404)


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize("who", ["stranger", "other"])
def test_in_bulk_a_ticket_that_may_not_be_seen_is_like_one_that_is_not_there(
    undone: Cast, who: str, preview: bool
) -> None:
    caller = undone.callers[who]
    caller.get("/api/me")
    found = []
    for number in (undone.ids["ticket"], MISSING):
        body = {"ids": [number], "changes": {"status": "nonsense"}, "preview": preview}
        status, _headers, content, cost = told(caller, "POST", "/api/tickets/bulk", body)
        found.append((status, content.replace(str(number).encode(), b"?"), cost))

    assert found[0] == found[1]
    assert b"not_found" in found[0][1]


def test_page_of_a_ticket_that_may_not_be_seen_is_like_one_that_is_not_there(undone: Cast) -> None:
    stranger = undone.reader("stranger")
    found = []
    for number in (undone.ids["ticket"], MISSING):
        with CaptureQueriesContext(connection) as asked:
            answer = stranger.get(f"/tickets/{ticket_key(number)}")
        # Each page has a CSRF token of its own.
        page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
        found.append((answer.status_code, page, len(asked)))

    assert found[0] == found[1]
    assert found[0][0] == 404


@pytest.mark.parametrize("path", ["", "/preview"])
@pytest.mark.parametrize("who", ["stranger", "requestor", "other"])
def test_a_queue_that_may_not_be_seen_is_like_one_that_is_not_there(
    undone: Cast, who: str, path: str
) -> None:
    caller = undone.callers[who]
    answers = []
    for queue, number in (("Support", undone.ids["queue"]), ("Sopport", MISSING)):
        named = caller.post(f"/api/tickets{path}", {"subject": "x", "queue": queue})
        numbered = caller.post(f"/api/tickets{path}", {"subject": "x", "queue_id": number})
        answers.append(
            [
                (each.status_code, each.content.decode().replace(str(place), "…"))
                for each, place in ((named, queue), (numbered, number))
            ]
        )

    assert answers[0] == answers[1]
    assert answers[0][0][0] == 403


def test_a_move_does_not_tell_which_queues_there_are(undone: Cast) -> None:
    path = f"/api/tickets/{undone.ids['ticket']}"
    answers = [
        error(undone.callers["agent"].patch(path, {"queue": name}))
        for name in ("Incidents", "Accidents")
    ]
    assert answers == [(403, "forbidden", {})] * 2


def test_preview_of_a_create_that_would_be_refused_says_so_to_who_sees_the_queue(
    undone: Cast,
) -> None:
    user = holder("clerk", "SeeQueue")
    caller = Caller(ApiToken.issue(user))

    body = caller.post("/api/tickets/preview", {"subject": "x", "queue": "Support"}).json()

    assert (body["allowed"], body["errors"]["right"]) == (False, "CreateTicket")
    assert body["ticket"] is None


LISTS = [
    "/api/tickets",
    "/api/transactions",
    "/api/deliveries",
    "/api/queues",
    "/api/custom-fields",
]


@pytest.mark.parametrize("path", [*LISTS, "/api/lifecycles"])
def test_lists_and_counts_of_a_stranger_are_empty(undone: Cast, path: str) -> None:
    for query in ("", "?count=exact"):
        body = undone.callers["stranger"].get(path + query).json()
        assert (body["results"], body["count"], body["next"]) == ([], 0, None)


def test_counts_and_cursors_are_of_what_the_caller_sees(undone: Cast) -> None:
    root = undone.actor("admin")
    for number in range(3):
        service.create({"subject": f"far {number}", "queue": "Incidents"}, actor=root)
    mine = {"queue": "Support", "requestors": ["requestor@example.com"]}
    service.create({**mine, "subject": "mine"}, actor=root)

    first = undone.callers["requestor"].get("/api/tickets?page_size=1").json()
    second = undone.callers["requestor"].get(first["next"]).json()

    assert (first["count"], second["count"], second["next"]) == (2, 2, None)
    foreign = undone.callers["stranger"].get(first["next"]).json()
    assert (foreign["results"], foreign["count"]) == ([], 0)


# What a requestor must never see of his ticket.
def test_log_across_tickets_counts_no_comment_or_record_of_a_requestors_ticket(
    undone: Cast,
) -> None:
    ticket = undone.ids["ticket"]
    requestor, agent = undone.callers["requestor"], undone.callers["agent"]
    for path in (f"/api/tickets/{ticket}/transactions?", f"/api/transactions?ticket_id={ticket}&"):
        for type_, count in (("Comment", 1), ("EmailRecord", 1), ("Correspond", 1)):
            seen = requestor.get(f"{path}type={type_}").json()
            assert (seen["count"], len(seen["results"])) == (
                (1, 1) if type_ == "Correspond" else (0, 0)
            )
            assert agent.get(f"{path}type={type_}").json()["count"] == count
        whole = requestor.get(path + "count=exact").json()
        assert {row["type"] for row in whole["results"]} == {"Create", "Correspond", "CustomField"}
        assert whole["count"] == len(whole["results"])
    root = undone.users["admin"].pk
    for filtered in (f"creator_id={root}", "since=2020-01-01", "order=-id"):
        rows = requestor.get(f"/api/transactions?{filtered}").json()
        assert {"Comment", "EmailRecord"}.isdisjoint(row["type"] for row in rows["results"])
        assert rows["count"] == len(rows["results"])


def test_nothing_that_a_requestor_reads_holds_a_comment(undone: Cast) -> None:
    ticket, requestor = undone.ids["ticket"], undone.callers["requestor"]
    comment = undone.ids["comment"]
    read = [
        requestor.get(path).content.decode()
        for path in (
            f"/api/tickets/{ticket}",
            f"/api/tickets/{ticket}?at={Ticket.objects.get(pk=ticket).last_seq}",
            f"/api/tickets/{ticket}/transactions",
            "/api/transactions",
            f"/api/transactions/{comment}",
            "/api/deliveries",
            f"/api/deliveries?ticket_id={ticket}",
        )
    ]
    read.append(undone.reader("requestor").get(f"/tickets/{undone.ids['key']}").content.decode())
    for text in read:
        assert "a comment" not in text
        assert "comment.png" not in text
    page = undone.reader("agent").get(f"/tickets/{undone.ids['key']}").content.decode()
    assert "a comment" in page
    assert "comment.png" in page


def test_a_requestor_is_not_told_what_rules_did(undone: Cast) -> None:
    page = undone.reader("requestor").get(f"/tickets/{undone.ids['key']}").content.decode()
    assert "sent a mail" not in page
    assert "Note" not in page  # the name of the rule that set a field because of a comment
    assert "Note" in undone.reader("agent").get(f"/tickets/{undone.ids['key']}").content.decode()


def _changed_by_rules(cast: Cast) -> dict[str, Any]:
    """Rules that act on a reply: they comment and mail."""
    actor = cast.actor("admin")
    for name, action, settings in (
        ("Whisper", "AddComment", {"content": "he wrote again"}),
        ("Mail", "SendEmail", {"to": ["boss@example.com"]}),
    ):
        rule: dict[str, Any] = {
            "name": name,
            "condition_type": "OnCorrespond",
            "action_type": action,
            "action_config": settings,
        }
        if action == "SendEmail":
            rule["template_id"] = cast.ids["unused"]
        scrips.save_scrip(None, rule, actor=actor)
    return {"message": {"type": "correspond", "content": "Still burns"}}


@pytest.mark.parametrize("how", ["preview", "real"])
def test_outcome_and_preview_of_ones_own_change_show_what_one_may_see(
    undone: Cast, how: str
) -> None:
    change = _changed_by_rules(undone)
    path = f"/api/tickets/{undone.ids['ticket']}"

    def outcome(who: str) -> dict[str, Any]:
        caller = undone.callers[who]
        answer = caller.post(f"{path}/preview", change) if how == "preview" else None
        found: dict[str, Any] = (answer or caller.patch(path, change)).json()
        return found

    mine, theirs = outcome("requestor"), outcome("agent")

    assert [row["type"] for row in mine["transactions"]] == ["Correspond"]
    assert mine["scrips_fired"] == []
    assert mine.get("scrips_skipped", []) == []
    assert "he wrote again" not in str(mine)
    assert {row["type"] for row in theirs["transactions"]} >= {"Comment", "Correspond"}
    assert {row["name"] for row in theirs["scrips_fired"]} >= {"Whisper", "Mail"}


# Links.
def test_links_lead_only_to_tickets_that_the_reader_may_see(undone: Cast) -> None:
    ticket, far = undone.ids["ticket"], undone.ids["far"]
    seq = Ticket.objects.get(pk=ticket).last_seq
    for who, shown in (("requestor", []), ("agent", []), ("admin", [far])):
        caller = undone.callers[who]
        for path in (f"/api/tickets/{ticket}", f"/api/tickets/{ticket}?at={seq}"):
            assert caller.get(path).json()["links"]["depends_on"] == shown
        listed = caller.get("/api/tickets?queue=Support").json()["results"]
        assert [row["links"]["depends_on"] for row in listed] == [shown]
        create = caller.get(f"/api/transactions/{undone.ids['create']}").json()
        assert create["data"]["values"]["links"] == {"depends_on": shown}
    linked = Transaction.objects.get(ticket=far, type="AddLink")
    row = undone.callers["other"].get(f"/api/transactions/{linked.pk}").json()
    assert (row["field"], row["old_value"], row["new_value"]) == ("depended_on_by", None, None)
    page = undone.reader("other").get(f"/tickets/{ticket_key(far)}").content.decode()
    assert "a ticket that you may not see" in page
    assert undone.ids["key"] not in page


def test_a_link_to_a_ticket_that_one_may_not_see_is_neither_made_nor_dropped(undone: Cast) -> None:
    ticket, far = undone.ids["ticket"], undone.ids["far"]
    agent = undone.callers["agent"]
    path = f"/api/tickets/{ticket}"

    refused = [
        agent.patch(path, {"links": {"refers_to": [number]}}).json() for number in (far, MISSING)
    ]
    dropped = agent.patch(path, {"links": {"depends_on": []}}).json()

    assert [each["errors"] for each in refused] == [
        {"links.refers_to": [f"there is no ticket {number}"]} for number in (far, MISSING)
    ]
    assert dropped["transactions"] == []
    assert undone.callers["admin"].get(path).json()["links"]["depends_on"] == [far]
    gone = undone.callers["admin"].patch(path, {"links": {"depends_on": []}}).json()
    assert [row["type"] for row in gone["transactions"]] == ["DeleteLink", "DeleteLink"]


def test_an_open_dependency_that_one_may_not_see_holds_without_its_number(undone: Cast) -> None:
    path, far = f"/api/tickets/{undone.ids['ticket']}", undone.ids["far"]

    mine = undone.callers["agent"].patch(path, {"status": "resolved"})
    theirs = undone.callers["admin"].patch(path, {"status": "resolved"})

    assert (mine.status_code, mine.json()["tickets"]) == (409, [])
    assert str(far) not in mine.json()["detail"]
    assert (theirs.status_code, theirs.json()["tickets"]) == (409, [far])


def test_what_a_link_records_on_a_ticket_that_one_sees_less_of_is_as_little(undone: Cast) -> None:
    """The requestor's ticket of another queue: he sees it, and of a change on the other side that alone."""
    root = undone.actor("admin")
    mine = {"queue": "Incidents", "requestors": ["agent@example.com"], "subject": "my own"}
    far = service.create(mine, actor=root).ticket.id
    service.apply(far, {"message": {"type": "comment", "content": "psst"}}, actor=root)

    made = undone.callers["agent"].patch(
        f"/api/tickets/{undone.ids['ticket']}", {"links": {"refers_to": [far]}}
    )

    assert [(row["ticket_id"], row["type"]) for row in made.json()["transactions"]] == [
        (undone.ids["ticket"], "AddLink"),
        (far, "AddLink"),
    ]


# Templates and configuration.
def test_a_template_tells_nothing_of_a_comment_that_its_author_may_not_see(undone: Cast) -> None:
    author = holder("author", "AdminScrips", "ShowTicket")
    caller = Caller(ApiToken.issue(author))
    body = {
        "ticket_id": undone.ids["ticket"],
        "transaction_id": undone.ids["comment"],
        "body_template": "{{ transaction.content }}",
    }

    refused = caller.post("/api/templates/render", body)
    last = caller.post("/api/templates/render", {**body, "transaction_id": None})

    assert error(refused)[2].keys() == {"transaction_id"}
    assert "a comment" not in last.json()["body"]
    shown = undone.callers["admin"].post("/api/templates/render", body)
    assert shown.json()["body"] == "a comment"


def test_a_field_names_only_the_queues_that_the_reader_sees(undone: Cast) -> None:
    path = f"/api/custom-fields/{undone.ids['field']}"
    both = [undone.ids["queue"], undone.ids["incidents"]]
    undone.callers["admin"].patch(path, {"queue_ids": both})

    assert undone.callers["admin"].get(path).json()["queue_ids"] == both
    assert undone.callers["agent"].get(path).json()["queue_ids"] == both[:1]
    listed = undone.callers["agent"].get(f"/api/custom-fields?queue_id={both[1]}").json()
    assert listed["count"] == 0


def test_a_draft_of_a_lifecycle_is_for_those_who_would_publish_it(undone: Cast) -> None:
    path = f"/api/lifecycles/{undone.ids['lifecycle']}"
    undone.callers["admin"].patch(path, {"definition": {"statuses": {}}, "draft": True})

    assert undone.callers["admin"].get(path).json()["draft"] == {"statuses": {}}
    assert undone.callers["agent"].get(path).json()["draft"] is None
    (row,) = undone.callers["agent"].get("/api/lifecycles").json()["results"]
    assert row["draft"] is None


def test_a_customer_does_not_learn_from_a_create_who_there_is(undone: Cast) -> None:
    grant("customer", ticket_role="everyone")
    caller = undone.callers["stranger"]
    values = {"subject": "x", "queue": "Support"}

    answers = [
        caller.post("/api/tickets", {**values, "owner_id": number}).json()
        for number in (undone.users["requestor"].pk, MISSING)
    ]

    assert answers[0] == answers[1]
    assert answers[0]["errors"].keys() == {"owner_id"}


def test_the_start_of_the_administration_counts_only_what_the_reader_may_open(undone: Cast) -> None:
    client = Client()
    client.force_login(holder("people", "AdminUsers"))

    page = client.get("/admin/").content.decode()

    assert "/admin/accounts/user/" in page
    assert "/admin/tickets/ticket/" not in page
    assert "/admin/scrips/delivery/" not in page
