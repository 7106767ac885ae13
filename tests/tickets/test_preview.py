"""A preview is the real call, rolled back: it says the same and leaves nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from django.apps import apps
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from scrips.models import Scrip
from scrips.service import save_scrip, save_template
from tessera.lib.errors import NotFound, Refused
from tests.drawing import examples
from tests.office import Office
from tests.tickets.test_door import create, faults
from tickets import service
from tickets.access import Actor
from tickets.outcome import Outcome
from tickets.representation import outcome_json, preview_json

# What the contract lets differ: times, digests, and the envelope's own id.
TIMES = {"created_at", "updated_at", "started_at", "resolved_at", "digest"}


def tables() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table = model._meta.db_table
            cursor.execute(f'SELECT * FROM "{table}" ORDER BY 1')  # noqa: S608  # our own names
            found[model._meta.db_table] = cursor.fetchall()
    return found


def next_ticket() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_value + is_called::int FROM tickets_ticket_id_seq")
        return int(cursor.fetchone()[0])


@dataclass(frozen=True)
class Known:
    """The ids that the real call gave: a preview has null for them."""

    transactions: frozenset[int] = frozenset()
    deliveries: frozenset[int] = frozenset()
    tickets: frozenset[int] = frozenset()

    @classmethod
    def by(cls, outcome: Outcome) -> "Known":
        facts = [fired.effect.facts for fired in outcome.fired if fired.effect]
        return cls(
            frozenset(entry.id for entry in outcome.entries),
            frozenset(each["delivery_id"] for each in facts if "delivery_id" in each),
            frozenset(entry.ticket_id for entry in outcome.entries if entry.type == "Create"),
        )


def comparable(body: Any, known: Known) -> Any:
    """The answer without what may differ; ids that this call gave are null, as a preview has them."""
    if isinstance(body, list):
        return [comparable(value, known) for value in body]
    if not isinstance(body, dict):
        return body
    plain = {key: comparable(value, known) for key, value in body.items()}
    for key in TIMES & plain.keys():
        plain[key] = plain[key] is not None
    for key in ("transaction_id", "batch", *(("id",) if "seq" in body else ())):
        if plain.get(key) in known.transactions:
            plain[key] = None
    if plain.get("delivery_id") in known.deliveries:
        plain["delivery_id"] = None
    if plain.get("ticket_id") in known.tickets:
        plain["ticket_id"] = None
    if body.get("type") == "AddLink" and body["new_value"] in known.tickets:
        plain["new_value"] = None
    if isinstance(body.get("links"), dict):
        plain["links"] = {
            way: [None if other in known.tickets else other for other in ids]
            for way, ids in body["links"].items()
        }
    if "transaction_ids" in body:
        plain["transaction_ids"] = len(body["transaction_ids"])
    if isinstance(body.get("body"), str) and body["body"].startswith("{"):
        envelope = orjson.loads(body["body"])
        envelope["id"] = None
        plain["body"] = comparable(envelope, Known())
    return plain


def attempt(act: Callable[[], Outcome]) -> Outcome | Refused:
    """What the real call comes to."""
    try:
        return act()
    except Refused as refusal:
        return refusal


@contextmanager
def undone() -> Iterator[None]:
    """Configuration and tickets of one example, gone before the next."""
    mark = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(mark)


CONDITIONS: list[tuple[str, dict[str, Any]]] = [
    ("OnCreate", {}),
    ("OnTransaction", {}),
    ("OnTransaction", {"types": ["CustomField", "Comment"]}),
    ("OnStatusChange", {"to": ["open", "resolved"]}),
    ("OnResolve", {}),
    ("OnComment", {}),
    ("OnCorrespond", {}),
    ("OnOwnerChange", {}),
    ("OnClose", {}),
    ("OnQueueChange", {}),
    ("OnPriorityChange", {"direction": "up"}),
    ("OnCustomFieldChange", {"field": "severity", "to": "high"}),
    ("UserDefined", {"rules": {"any": [{"field": "Priority", "op": ">", "value": 40}]}}),
]
TEXT = "{$ticket.key} {$ticket.id} {$ticket.url} {$transaction.id} {{ transactions|length }} {$ticket.version}"
ACTIONS: list[tuple[str, dict[str, Any]]] = [
    ("SendEmail", {"to": ["requestor"], "cc": ["owner", "boss@example.com"], "skip_actor": True}),
    (
        "Webhook",
        {"url": "https://hooks.example.com/{$ticket.id}", "headers": {"X-Key": "{$ticket.key}"}},
    ),
    ("Webhook", {"url": "https://hooks.example.com/", "body": TEXT}),
    ("SetCustomField", {"field": "severity", "value": "high"}),
    ("SetCustomField", {"field": "tags", "value": ["a", "{$ticket.subject}"]}),
    ("SetStatus", {"status": "stalled"}),
    ("AddComment", {"content": TEXT}),
    ("SetOwner", {"owner": "actor"}),
    ("SetPriority", {"priority": "{{ ticket.priority + 1 }}"}),
    ("SetQueue", {"queue": "Other"}),
    ("AddWatcher", {"role": "cc", "address": "requestor"}),
    ("CreateTicket", {"queue": "Other", "subject": TEXT, "content": TEXT, "link": "child"}),
    ("CreateTicket", {"queue": "Support", "subject": "a", "custom_fields": {"tags": ["b"]}}),
]
SCRIPS = st.lists(
    st.tuples(
        st.sampled_from(CONDITIONS),
        st.sampled_from(ACTIONS),
        st.sampled_from(Scrip.Stage.values),
        st.integers(0, 3),
    ),
    max_size=4,
)
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "subject": st.sampled_from(["", "Printer", "b", "Ünï"]),
        "priority": st.integers(0, 100),
        "status": st.sampled_from(["new", "open", "stalled", "resolved", "deleted"]),
        "custom_fields": st.sampled_from(
            [
                {"severity": "low"},
                {"severity": "high", "tags": ["c"]},
                {"tags": []},
                {"severity": "x"},
            ]
        ),
        "requestors": st.sampled_from([[], ["bob@example.com"], ["bob@example.com", "c@x.org"]]),
        "message": st.sampled_from(
            [
                {"type": "comment", "content": "psst"},
                {"type": "correspond", "content": "hello", "skip_recipients": ["bob@example.com"]},
            ]
        ),
        "queue": st.sampled_from(["Support", "Other", "Incidents"]),
    },
)


def configure(office: Office, scrips: list[Any]) -> None:
    mail = save_template(
        None,
        {"name": "Mail", "subject_template": "{$ticket.subject}", "body_template": TEXT},
        actor=office.admin,
    )
    for number, ((condition, when), (action, do), stage, order) in enumerate(scrips):
        given_ = {
            "name": f"s{number}",
            "condition_type": condition,
            "condition_config": when,
            "action_type": action,
            "action_config": do,
            "stage": stage,
            "sort_order": order,
            "template_id": mail.pk if action == "SendEmail" else None,
        }
        save_scrip(None, given_, actor=office.admin)


@given(scrips=SCRIPS, changes=CHANGES)
@settings(max_examples=examples(60))
def test_preview_of_an_update_equals_reality_and_leaves_nothing(
    office: Office, scrips: list[Any], changes: dict[str, Any]
) -> None:
    with undone():
        ticket = create(office, requestors=["bob@example.com"], owner_id=office.ann.pk).ticket
        configure(office, scrips)
        before = tables()
        preview = service.preview(ticket.id, changes, actor=office.admin)
        assert tables() == before
        foreseen = preview_json(preview, office.admin)
        outcome = attempt(lambda: service.apply(ticket.id, changes, actor=office.admin))
        assert foreseen["allowed"] is isinstance(outcome, Outcome)
        if isinstance(outcome, Refused):
            assert foreseen["errors"] == outcome.body()
            assert tables() == before
            return
        happened = outcome_json(outcome, office.admin)
        for part in ("ticket", "transactions", "scrips_fired"):
            assert comparable(foreseen[part], Known()) == comparable(
                happened[part], Known.by(outcome)
            )
        assert faults() == []


@given(scrips=SCRIPS, changes=CHANGES)
@settings(max_examples=examples(30))
def test_preview_of_a_create_equals_reality_and_takes_no_number(
    office: Office, scrips: list[Any], changes: dict[str, Any]
) -> None:
    message = {"content": "It burns"} if "message" in changes else None
    values = {"subject": "Printer", "queue": "Support", "status": "new"} | {
        key: value for key, value in changes.items() if key not in {"message", "status"}
    }
    if message:
        values["message"] = message
    with undone():
        configure(office, scrips)
        before, number = tables(), next_ticket()
        preview = service.preview_create(values, actor=office.admin)
        assert (tables(), next_ticket()) == (before, number)
        foreseen = preview_json(preview, office.admin)
        outcome = attempt(lambda: service.create(values, actor=office.admin))
        if isinstance(outcome, Refused):
            assert foreseen["errors"] == outcome.body()
            return
        happened = outcome_json(outcome, office.admin)
        assert happened["ticket"]["id"] == number
        assert foreseen["ticket"]["id"] is None
        for part in ("ticket", "transactions", "scrips_fired"):
            mine = comparable(foreseen[part], Known())
            theirs = comparable(happened[part], Known.by(outcome))
            assert nulled(mine) == nulled(theirs)


def nulled(body: Any) -> Any:
    """Keys and the ticket's id as a preview of a create has them."""
    if isinstance(body, dict):
        plain = {key: nulled(value) for key, value in body.items()}
        if "subject" in plain and "version" in plain:
            plain["id"] = plain["key"] = None
        if "seq" in plain:
            plain["ticket_id"] = None
        return plain
    return [nulled(value) for value in body] if isinstance(body, list) else body


def test_every_enabled_scrip_of_the_queue_fired_or_says_why_not(office: Office) -> None:
    ticket = create(office).ticket
    configure(
        office, [(c, ACTIONS[6], stage, 0) for c in CONDITIONS for stage in Scrip.Stage.values]
    )
    preview = service.preview(ticket.id, {"status": "open"}, actor=office.admin)
    assert preview.outcome is not None
    told = {fired.scrip_id for fired in preview.outcome.fired}
    told |= {skipped.scrip_id for skipped in preview.skipped}
    assert told == set(Scrip.objects.values_list("pk", flat=True))


def test_a_preview_of_what_is_refused_carries_the_refusal(office: Office) -> None:
    ticket = create(office, queue_id=office.incidents.pk).ticket
    preview = service.preview(ticket.id, {"status": "closed"}, actor=office.admin)
    body = preview_json(preview, office.admin)
    assert (body["allowed"], body["dry_run"], body["errors"]["code"]) == (
        False,
        True,
        "transition_not_allowed",
    )
    assert body["ticket"]["status"] == "new"


def test_a_stranger_may_not_even_preview(office: Office) -> None:
    ticket = create(office).ticket
    with pytest.raises(NotFound):
        service.preview(ticket.id, {}, actor=Actor.of(office.ann))
