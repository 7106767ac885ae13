"""The condition that administrators put together from rules."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scrips.checking import Checker
from scrips.conditions.base import TYPES, Verdict
from scrips.facts import Round
from scrips.nevers import warn_of_terms
from scrips.schemas import Schema, settings, text
from tessera.lib.errors import QueryInvalid
from tessera.lib.query.clues import Clue, clues_of
from tessera.lib.query.evaluate import Query
from tessera.lib.query.facts import QueryFacts
from tessera.lib.query.fold import fold
from tessera.lib.query.limits import MAX_TEXT
from tessera.lib.query.parse import parse_query
from tessera.lib.query.rules import RulesInvalid, parse_rules
from tessera.lib.query.tree import And, Node, Op, Term
from tessera.lib.query.vocabulary import Vocabulary
from tickets.config import Config
from tickets.outcome import Entry

_TYPES = frozenset(TYPES)


def event_types(tree: Node) -> frozenset[str]:
    """The types that the query can hold for, as far as its own terms say so: `Transaction.Type = 'Comment' AND …`."""
    types = _TYPES
    for term in tree.children if isinstance(tree, And) else (tree,):
        if isinstance(term, Term) and term.field.name == "Transaction.Type":
            if term.op is Op.EQ and isinstance(term.value, str):
                types &= _named(term.value)
            elif term.op is Op.IN and isinstance(term.value, tuple):
                types &= _named(*term.value)
    return types


def _named(*words: str) -> frozenset[str]:
    wanted = {fold(word) for word in words}
    return frozenset(name for name in TYPES if fold(name) in wanted)


class UserDefined:
    """A query over the ticket and the transaction: `{"query": TicketSQL}` or `{"rules": {…}}`."""

    key: ClassVar[str] = "UserDefined"
    label: ClassVar[str | Promise] = gettext_lazy("these rules hold")
    # One of the two; what rules may say depends on the fields that there are.
    schema: ClassVar[Schema] = settings(
        query=text(gettext_lazy("query"), "query", maxLength=MAX_TEXT),
        rules={"title": gettext_lazy("rules"), "type": "object", "format": "rules"},
    )

    def __init__(self, config: Mapping[str, Any], *, known: Config) -> None:
        self.query = Query(tree_of(config, known.condition_vocabulary))
        self.types = event_types(self.query.tree)
        self.clues = tuple(map(_of_round, clues_of(self.query.tree)))

    @classmethod
    def check(cls, config: Mapping[str, Any], checker: Checker) -> None:
        if "query" not in config and "rules" not in config:
            checker.fault("condition_config.rules", _("is required, or a query"))
        elif "query" in config and "rules" in config:
            checker.fault("condition_config.query", _("there are rules already; one is enough"))
        elif "query" in config and not isinstance(config["query"], str):
            checker.fault("condition_config.query", _("must be a text"))
        else:
            cls._check_tree(config, checker)

    @classmethod
    def _check_tree(cls, config: Mapping[str, Any], checker: Checker) -> None:
        path = "condition_config.query" if "query" in config else "condition_config.rules"
        try:
            tree = tree_of(config, checker.config.condition_vocabulary)
            checker.compared(path, tree)
            checker.named(path, tree)
            warn_of_terms(checker, path, tree)
            if not event_types(tree):
                checker.warn(path, _("no transaction that rules are asked about is of that type"))
        except QueryInvalid as error:
            checker.fault("condition_config.query", error.placed)
        except RulesInvalid as error:
            for fault in error.faults:
                checker.fault(f"condition_config.{fault.path}", fault.reason)

    def may_hold(self, entry: Entry) -> bool:
        return entry.type in self.types

    def holds(self, round_: Round) -> bool:
        return self.query.holds(round_.query)

    def verdict(self, round_: Round) -> Verdict:
        facts = round_.query
        return Verdict(holds=self.query.holds(facts), say=lambda: self.query.verdict(facts).because)


def _of_round(clue: Clue[QueryFacts]) -> Clue[Round]:
    return Clue(clue.name, lambda round_: clue.read(round_.query), clue.wanted)


def tree_of(config: Mapping[str, Any], vocabulary: Vocabulary) -> Node:
    """The query that the settings hold, in either shape. Raises `QueryInvalid` or `RulesInvalid`."""
    if "query" in config:
        return parse_query(config["query"], vocabulary, in_memory=True)
    return parse_rules(config["rules"], vocabulary)
