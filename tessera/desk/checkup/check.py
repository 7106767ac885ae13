"""The whole check, in its order."""

from collections.abc import Callable, Iterator

from tessera.desk.checkup import process, rules
from tessera.desk.checkup.findings import Finding
from tickets.access import Actor

# Each with the table whose administrators may know of it.
_CHECKS: tuple[tuple[str, Callable[[Actor], Iterator[Finding]]], ...] = (
    (rules.SCRIP, rules.of_rules),
    (rules.DELIVERY, rules.of_hosts),
    (process.LIFECYCLE, process.of_lifecycles),
    (process.QUEUE, process.of_queues),
    (process.QUEUE, process.of_requests),
    (process.VIEW, process.of_views),
    (process.USER, process.of_people),
    (process.ROLE, process.of_roles),
    (rules.TEMPLATE, rules.of_templates),
    (process.FIELD, process.of_fields),
)


def findings(
    reader: Actor, *, may_know: Callable[[str], bool] = lambda _model: True
) -> list[Finding]:
    """All that is found in what the reader administers, the worst first. `may_know` is asked with a model's label.

    It costs statements by the configuration, not by the tickets: some for all, and one for each person a rule names.
    """
    found = [finding for model, check in _CHECKS if may_know(model) for finding in check(reader)]
    return sorted(found, key=lambda each: each.severity)
