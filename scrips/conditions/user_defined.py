"""The condition that administrators put together from rules."""

from collections.abc import Mapping
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scrips.checking import Checker
from scrips.conditions.base import Verdict
from scrips.facts import Round
from tessera.lib.query.evaluate import evaluate
from tessera.lib.query.facts import Event, Person, QueryFacts
from tessera.lib.query.rules import RulesInvalid, parse_rules
from tessera.lib.query.vocabulary import CustomField, Vocabulary
from tickets.changes.fields import as_values
from tickets.config import Config
from tickets.outcome import Entry
from tickets.people import Person as Somebody
from tickets.state import ROLES


def vocabulary_of(config: Config) -> Vocabulary:
    """What rules may name: the custom fields with the queues that have them."""
    queues: dict[str, set[str]] = {}
    for queue in config.queues.values():
        for spec in queue.fields:
            queues.setdefault(spec.key, set()).add(queue.name)
    return Vocabulary(
        tuple(
            CustomField(spec.key, spec.field_type, spec.name, frozenset(queues.get(spec.key, ())))
            for spec in config.fields.values()
        ),
        condition=True,
    )


class UserDefined:
    """Rules over the ticket and the transaction: `{"rules": {"all": [{"field", "op", "value"}, …]}}`."""

    key: ClassVar[str] = "UserDefined"
    label: ClassVar[str | Promise] = gettext_lazy("these rules hold")

    def __init__(self, config: Mapping[str, Any], *, known: Config) -> None:
        self.tree = parse_rules(config["rules"], vocabulary_of(known))

    @classmethod
    def check(cls, config: Mapping[str, Any], checker: Checker) -> None:
        checker.known_keys("condition_config", config, {"rules"})
        if "rules" not in config:
            checker.fault("condition_config.rules", _("is required"))
            return
        try:
            parse_rules(config["rules"], vocabulary_of(checker.config))
        except RulesInvalid as error:
            for fault in error.faults:
                checker.fault(f"condition_config.{fault.path}", fault.reason)

    def verdict(self, round_: Round) -> Verdict:
        found = evaluate(self.tree, query_facts(round_))
        return Verdict(found.holds, found.because)


def query_facts(round_: Round) -> QueryFacts:
    """The round as the query language sees it; the caller is the system user, times are in UTC."""
    state, unit = round_.state, round_.unit
    lifecycle = round_.config.lifecycle(state.lifecycle_version_id)
    return QueryFacts(
        id=unit.ids.shown(state.id),
        subject=state.subject,
        queue_id=state.queue_id,
        queue_name=round_.queue.name,
        status=state.status,
        status_kind=lifecycle.definition.kind(state.status),
        lifecycle=lifecycle.name,
        priority=state.priority,
        now=unit.now,
        zone=ZoneInfo("UTC"),
        created_at=state.created_at,
        started_at=state.started_at,
        resolved_at=state.resolved_at,
        due_at=state.due_at,
        updated_at=state.updated_at,
        owner=_person(unit.people.by_id(state.owner_id)),
        creator=_person(unit.people.by_id(state.creator_id)),
        last_updated_by=_person(unit.people.by_id(state.updated_by_id)),
        watchers={
            role: tuple(_known(person) for person in round_.watchers(role)) for role in ROLES
        },
        custom_fields=dict(state.custom_fields),
        links={
            direction: frozenset(map(unit.ids.shown, ids)) for direction, ids in state.links.items()
        },
        transaction=_event(round_, round_.entry),
        actor=_person(round_.actor),
        caller=_person(unit.system.person),
    )


def _event(round_: Round, entry: Entry) -> Event:
    text = round_.unit.text_of(entry)
    return Event(
        type=entry.type,
        field=entry.field or None,
        old=as_values(entry.old_value),
        new=as_values(entry.new_value),
        content=text.content if text else None,
        creator=_person(round_.actor),
        created_at=entry.created_at,
    )


def _known(person: Somebody) -> Person:
    return Person(person.id, person.username, person.email, person.name)


def _person(person: Somebody | None) -> Person | None:
    return None if person is None else _known(person)
