"""The custom fields that are marked for customers: what they fill in, and what they see of a ticket."""

from customfields.spec import FieldSpec
from tessera.desk import words
from tessera.desk.facts import Field
from tickets.config import Config, QueueSpec
from tickets.state import TicketState


def asked(queue: QueueSpec) -> tuple[FieldSpec, ...]:
    """Those that a request form has. One that depends on a field that it lacks could not be judged there."""
    marked = {spec.key: spec for spec in queue.fields if spec.for_customers}
    while lone := [key for key, spec in marked.items() if not marked.keys() >= {*spec.controllers}]:
        for key in lone:
            del marked[key]
    return tuple(marked.values())


def missing(queue: QueueSpec) -> tuple[FieldSpec, ...]:
    """Those without which no ticket begins, and which customers can't fill in: who has no other form can't ask here."""
    offered = {spec.key for spec in asked(queue)}
    return tuple(
        spec
        for spec in queue.fields
        if spec.required
        and spec.default is None
        and not spec.controllers
        and spec.key not in offered
    )


def shown(state: TicketState, config: Config) -> tuple[Field, ...]:
    """Those of a ticket that have a value, with it as text."""
    return tuple(
        Field(spec.name, tuple(words.plain(value) for value in held))
        for spec in config.queues[state.queue_id].fields
        if spec.for_customers and (held := state.custom_fields.get(spec.key, ()))
    )
