"""What of the configuration somebody is told of unasked: in completions, in choices, and as what was probably meant.

Of queues that he knows of, their fields and lifecycles. What he names himself is understood all the same: a requestor's
ticket may lie in a queue that he is told nothing of.
"""

from tessera.lib.query.vocabulary import Vocabulary
from tickets import access
from tickets.access import Actor
from tickets.config import LifecycleSpec

# As `access.sees_queue` has it.
_KNOWS = ("SeeQueue", "CreateTicket", "AdminQueue")


def queues(actor: Actor) -> frozenset[int]:
    """The ids of the queues that the actor knows of."""
    return access.queues_with(actor, *_KNOWS)


def people(actor: Actor) -> bool:
    """Whether he is told who is a user: who works with tickets is, and who keeps the users."""
    return access.may(actor, "AdminUsers") or access.anywhere(actor, "ModifyTicket")


def vocabulary(actor: Actor) -> Vocabulary:
    """What his queries may name, and which custom fields he is told of."""
    if access.may(actor, "AdminCustomFields"):
        return actor.config.vocabulary
    return actor.config.vocabulary_within(queues(actor))


def fields(actor: Actor) -> list[str]:
    """The keys of the custom fields that he is told of, in their order."""
    hidden = vocabulary(actor).hidden
    return [key for key in actor.config.fields if key not in hidden]


def lifecycles(actor: Actor) -> tuple[LifecycleSpec, ...]:
    """The lifecycles as they are now, of which he is told."""
    if access.may(actor, "AdminLifecycles"):
        return actor.config.lifecycles
    here = {actor.config.queues[number].lifecycle.lifecycle_id for number in queues(actor)}
    return tuple(each for each in actor.config.lifecycles if each.lifecycle_id in here)
