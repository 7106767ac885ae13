"""Who may take which transition from where: by its name, by a status, and as a read offers them."""

from typing import Any

import pytest

from customfields.models import CustomField
from lifecycles import service as lifecycles
from lifecycles.models import Lifecycle
from lifecycles.stock import SUPPORT_TICKET
from tests.api.caller import Caller, error
from tests.matrix.cast import Cast
from tickets import service
from tickets.models import Queue, QueueField

ROLES = ("requestor", "agent", "supervisor", "admin", "stranger")

# The stock process of support: where each transition leads from and to, and what each gets who takes it from there.
# From every other status it is 409 `transition_not_allowed`, and for the stranger there is no ticket.
TABLE = """
#                                                      requestor agent supervisor admin stranger
new              assign            assigned                  403   200        200   200      404
assigned         start_work        in_progress               403   200        200   200      404
in_progress      escalate          escalated                 403   200        200   200      404
in_progress      request_info      pending_customer          403   200        200   200      404
in_progress      resolve           resolved                  403   200        200   200      404
escalated        resolve_escalated resolved                  403   403        200   200      404
pending_customer customer_reply    in_progress               200   403        403   200      404
resolved         close             closed                    403   200        200   200      404
closed           reopen            new                       200   403        403   200      404
"""
CODES = {
    403: "transition_forbidden",
    404: "not_found",
    409: "transition_not_allowed",
}
LINES = [line.split() for line in TABLE.splitlines() if line and not line.startswith("#")]
STATUSES = [name for names in SUPPORT_TICKET["statuses"].values() for name in names]


def put_under(cast: Cast, lifecycle: Lifecycle) -> None:
    Queue.objects.filter(pk=cast.ids["queue"]).update(lifecycle=lifecycle)


def begin(cast: Cast, **values: Any) -> str:
    """The path of a ticket of the requestor's in Support."""
    given = {"queue": "Support", "subject": "x", "requestors": ["requestor@example.com"], **values}
    return f"/api/tickets/{service.create(given, actor=cast.actor('admin')).ticket.id}"


def expected(source: str, who: str, *, name: str = "", target: str = "") -> int:
    for from_, named, to, *codes in LINES:
        if from_ == source and (named == name or to == target):
            return int(codes[ROLES.index(who)])
    return 404 if who == "stranger" else 409


def told(answer: Any) -> int:
    """The status, after its code was seen to fit it."""
    if answer.status_code != 200:
        assert answer.json()["code"] == CODES[answer.status_code]
    return int(answer.status_code)


def test_the_table_is_the_stock_process() -> None:
    assert [(line[0], line[1], line[2]) for line in LINES] == [
        (each["from"], each["name"], each["to"])
        for each in sorted(
            SUPPORT_TICKET["transitions"], key=lambda each: STATUSES.index(each["from"])
        )
    ]


@pytest.mark.parametrize("who", ROLES)
@pytest.mark.parametrize("source", STATUSES)
def test_support_is_walked_as_its_table_says(undone: Cast, source: str, who: str) -> None:
    put_under(undone, Lifecycle.objects.get(name="support-ticket"))
    caller = undone.callers[who]
    names = [line[1] for line in LINES]
    targets = [status for status in STATUSES if status != source]

    taken = {
        name: told(caller.post(f"{begin(undone, status=source)}/transitions/{name}"))
        for name in names
    }
    patched = {
        target: told(caller.patch(begin(undone, status=source), {"status": target}))
        for target in targets
    }

    assert taken == {name: expected(source, who, name=name) for name in names}
    assert patched == {target: expected(source, who, target=target) for target in targets}
    path = begin(undone, status=source)
    read, listed = caller.get(path), caller.get(f"{path}/transitions")
    if who == "stranger":
        assert (read.status_code, listed.status_code) == (404, 404)
        return
    offered = [each["name"] for each in read.json()["enabled_transitions"]]
    assert listed.json()["results"] == read.json()["enabled_transitions"]
    assert sorted(offered) == sorted(name for name, code in taken.items() if code == 200)
    assert error(caller.patch(path, {"status": "nonsense"}))[:2] == (400, "invalid")
    assert error(caller.post(f"{path}/transitions/nonsense"))[:2] == (404, "not_found")
    same = caller.patch(path, {"status": source})
    assert (same.status_code, same.json()["transactions"]) == (200, [])


GUARD = "CF.{resolution} IS NOT NULL"
GUARDED: dict[str, Any] = {
    "statuses": {"initial": ["new"], "active": ["open", "asked"], "inactive": ["done", "dropped"]},
    "defaults": {"on_create": "new"},
    "transitions": [
        {"name": "open", "from": ["new", "asked"], "to": "open", "roles": ["agent"]},
        {"name": "ask", "from": "open", "to": "asked", "message": "correspond"},
        {"name": "finish", "from": "open", "to": "done", "right": "ModifyTicket", "guard": GUARD},
        {"name": "wave", "from": "open", "to": "done", "roles": ["supervisor"]},
        {"name": "say", "from": "open", "to": "done", "roles": ["customer"], "message": "comment"},
        {"name": "drop", "from": ["new", "open"], "to": "dropped", "right": "DropTicket"},
    ],
}


@pytest.fixture
def guarded(undone: Cast) -> Cast:
    """Support under a process with guards, messages and several ways to one status."""
    field = CustomField.objects.create(key="resolution", name="Resolution", field_type="Freeform")
    QueueField.objects.create(queue_id=undone.ids["queue"], field=field)
    put_under(
        undone,
        lifecycles.create("guarded", GUARDED, actor=None, check_guard=lambda _guard: None),
    )
    return undone


def refusal(answer: Any, *keys: str) -> tuple[Any, ...]:
    body = answer.json()
    return (answer.status_code, body.get("code"), *(body.get(key) for key in keys))


@pytest.mark.parametrize("named", [True, False])
def test_a_guard_sees_the_other_changes_of_the_request(guarded: Cast, named: bool) -> None:
    agent = guarded.callers["agent"]
    path = begin(guarded, status="open")

    def finish(**values: Any) -> Any:
        if named:
            return agent.post(f"{path}/transitions/finish", values)
        return agent.patch(path, {"status": "done", **values})

    assert refusal(finish(), "guard") == (409, "transition_guarded", GUARD)
    assert refusal(finish(subject="y"), "guard") == (409, "transition_guarded", GUARD)
    assert agent.get(path).json()["subject"] == "x"
    assert finish(custom_fields={"resolution": "cleaned"}).status_code == 200
    assert agent.get(path).json()["status"] == "done"


def test_a_guard_that_holds_before_does_not_once_the_request_empties_it(guarded: Cast) -> None:
    agent = guarded.callers["agent"]
    path = begin(guarded, status="open", custom_fields={"resolution": "cleaned"})
    emptied = {"status": "done", "custom_fields": {"resolution": None}}
    assert refusal(agent.patch(path, emptied), "guard") == (409, "transition_guarded", GUARD)
    assert agent.patch(path, {"status": "done"}).status_code == 200


def test_of_several_ways_to_a_status_the_first_is_taken_that_the_caller_may(guarded: Cast) -> None:
    path = begin(guarded, status="open")

    waved = guarded.callers["supervisor"].post(f"{path}/preview", {"status": "done"}).json()
    forbidden = guarded.callers["agent"].post(f"{path}/transitions/wave")
    guarded_one = guarded.callers["supervisor"].post(f"{path}/transitions/finish")
    said = guarded.callers["requestor"].patch(path, {"status": "done"})

    assert waved["allowed"] is True
    assert refusal(forbidden, "right") == (403, "transition_forbidden", None)
    assert refusal(guarded_one, "guard") == (409, "transition_guarded", GUARD)
    assert error(said) == (
        400,
        "invalid",
        {"message": ["the transition “say” needs a message of the type comment with it"]},
    )


def test_a_transition_that_demands_a_message_is_refused_at_message_without_it(
    guarded: Cast,
) -> None:
    agent = guarded.callers["agent"]
    path = begin(guarded, status="open")
    text = {"content": "Which one?"}

    for message in (None, {"type": "comment", **text}):
        body = {"status": "asked"} | ({} if message is None else {"message": message})
        status, code, errors = error(agent.patch(path, body))
        assert (status, code, list(errors)) == (400, "invalid", ["message"])
    asked = agent.patch(path, {"status": "asked", "message": {"type": "correspond", **text}})

    assert [row["type"] for row in asked.json()["transactions"]] == ["StatusChange", "Correspond"]


def test_a_right_that_a_transition_names_can_be_granted_and_opens_it(guarded: Cast) -> None:
    agent, root = guarded.callers["agent"], guarded.callers["admin"]
    path = begin(guarded)
    assert refusal(agent.patch(path, {"status": "dropped"}), "right") == (
        *(403, "transition_forbidden"),
        "DropTicket",
    )
    assert "drop" not in _offered(agent, path)

    made = root.post("/api/roles", {"name": "droppers", "rights": ["DropTicket"]})
    given = {"role": "droppers", "group_id": guarded.ids["group"], "queue_id": guarded.ids["queue"]}

    assert (made.status_code, root.post("/api/grants", given).status_code) == (201, 201)
    assert "drop" in _offered(agent, path)
    assert agent.patch(path, {"status": "dropped"}).status_code == 200
    rights = agent.get(f"/api/me/rights?queue_id={guarded.ids['queue']}").json()["results"]
    assert "DropTicket" in [each["right"] for each in rights]


def test_a_right_of_a_version_that_tickets_still_live_by_can_be_granted(guarded: Cast) -> None:
    lifecycle = Lifecycle.objects.get(name="guarded")
    newer = {
        **GUARDED,
        "transitions": [each for each in GUARDED["transitions"] if each["name"] != "drop"],
    }
    lifecycles.publish(lifecycle, newer, actor=None, check_guard=lambda _guard: None)
    root = guarded.callers["admin"]

    made = root.post("/api/roles", {"name": "droppers", "rights": ["DropTicket"]})

    assert made.status_code == 201
    unknown = root.post("/api/roles", {"name": "x", "rights": ["DropTickets"]})
    assert error(unknown)[:2] == (400, "invalid")


def test_the_order_of_the_checks(guarded: Cast) -> None:
    """The status exists, the transition exists, the right, the guard, open dependencies."""
    agent, requestor = guarded.callers["agent"], guarded.callers["requestor"]
    other = begin(guarded)
    linked = {"depends_on": [int(other.rpartition("/")[2])]}
    path = begin(guarded, status="open", links=linked)
    resolved = {"custom_fields": {"resolution": "cleaned"}}

    assert refusal(requestor.patch(path, {"status": "nonsense"}))[:2] == (400, "invalid")
    unreachable = refusal(requestor.patch(path, {"status": "new"}), "from", "to", "allowed")
    assert unreachable == (
        *(409, "transition_not_allowed", "open", "new"),
        ["asked", "done", "dropped"],
    )
    assert refusal(requestor.post(f"{path}/transitions/finish"), "right") == (
        *(403, "transition_forbidden"),
        "ModifyTicket",
    )
    assert refusal(agent.patch(path, {"status": "done"}))[:2] == (409, "transition_guarded")
    last = refusal(agent.patch(path, {"status": "done", **resolved}), "tickets")
    assert last == (409, "open_dependencies", linked["depends_on"])


def test_what_is_offered_is_what_may_be_taken_now(guarded: Cast) -> None:
    other = begin(guarded)
    linked = {"depends_on": [int(other.rpartition("/")[2])]}
    held = {"resolution": "cleaned"}
    rows = {
        "agent": (["ask"], ["ask", "finish"]),
        "supervisor": (["ask", "wave"], ["ask", "finish", "wave"]),
        "requestor": (["say"], ["say"]),
    }
    plain = begin(guarded, status="open")
    resolved = begin(guarded, status="open", custom_fields=held)
    waiting = begin(guarded, status="open", custom_fields=held, links=linked)

    for who, (without, with_field) in rows.items():
        caller = guarded.callers[who]
        assert _offered(caller, plain) == without
        assert _offered(caller, resolved) == with_field
        assert _offered(caller, waiting) == ([] if who == "requestor" else ["ask"])


def test_a_guard_whose_field_is_gone_holds_the_door_and_says_why(guarded: Cast) -> None:
    path = begin(guarded, status="open")
    CustomField.objects.filter(key="resolution").update(disabled=True)

    answer = guarded.callers["agent"].patch(path, {"status": "done"})

    assert refusal(answer, "guard") == (409, "transition_guarded", GUARD)
    assert "resolution" in answer.json()["detail"]


def _offered(caller: Caller, path: str) -> list[str]:
    return [each["name"] for each in caller.get(path).json()["enabled_transitions"]]
