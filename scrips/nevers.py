"""Conditions that are well said and can never hold: worth a word when a rule is saved."""

from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias

from django.utils.translation import gettext as _

from lifecycles.machine import moves
from lifecycles.parts import Definition
from scrips.checking import Checker
from tessera.lib.query.fields import FIELDS, Kind
from tessera.lib.query.never import never
from tessera.lib.query.tree import FieldRef, Node, Op, Term
from tessera.lib.query.verdict import demand, is_log, label

Fits: TypeAlias = Callable[[Definition, str], bool]
_PRIORITIES = {"Priority": (Decimal(0), Decimal(100))}


def warn_of_changes(checker: Checker, path: str, came: Fits, went: Fits, words: str) -> None:
    """Say `words` where no lifecycle of the scrip's queues leads from a status that fits to another."""
    here = {queue.lifecycle.lifecycle_id for queue in checker.queues}
    lives = [
        spec.definition for spec in checker.config.versions.values() if spec.lifecycle_id in here
    ]
    possible = (
        move
        for definition in lives
        for status in definition.statuses
        if came(definition, status.name)
        for move in moves(definition, status.name)
        if went(definition, move.target)
    )
    if next(possible, None) is None:
        told = _("no lifecycle of %(where)s leads %(words)s, so this never holds")
        checker.warn(path, told % {"where": checker.where, "words": words})


def warn_of_terms(checker: Checker, path: str, tree: Node) -> None:
    """Name the terms that no ticket can satisfy together."""

    def several(field: FieldRef) -> bool:
        if is_log(Term(field, Op.IS_NULL)):
            return True
        if not field.custom:
            return FIELDS[field.name].kind is Kind.LINKS or field.name in _SEVERAL
        specs = [checker.config.field(key) for key, _type in field.custom]
        return len(specs) != 1 or any(spec is None or spec.several for spec in specs)

    if terms := never(tree, several=several, bounds=_PRIORITIES):
        named = ", ".join(f"{label(term.field)} {demand(term)}" for term in terms)
        checker.warn(path, _("this never holds: %(terms)s") % {"terms": named})


_SEVERAL = frozenset(
    {
        *("Requestor", "Cc", "AdminCc", "Watcher", "UpdatedBy"),
        *("Transaction.OldValue", "Transaction.NewValue"),
    }
)
