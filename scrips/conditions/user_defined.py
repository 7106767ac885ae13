"""The condition that administrators put together themselves, as a query or from rules."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scrips.checking import Checker
from scrips.conditions.base import Verdict
from scrips.facts import Round
from tessera.lib.errors import QueryInvalid
from tessera.lib.query.evaluate import evaluate
from tessera.lib.query.parse import parse_query
from tessera.lib.query.rules import RulesInvalid, parse_rules
from tessera.lib.query.tree import Node
from tessera.lib.query.vocabulary import CustomField, Vocabulary
from tickets.config import Config


def vocabulary_of(config: Config) -> Vocabulary:
    """What queries may name: the custom fields with the queues that have them."""
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
    """A query over the ticket and the transaction: `{"query": TicketSQL}` or `{"rules": {…}}`."""

    key: ClassVar[str] = "UserDefined"
    label: ClassVar[str | Promise] = gettext_lazy("these rules hold")

    def __init__(self, config: Mapping[str, Any], *, known: Config) -> None:
        self.tree = _tree(config, vocabulary_of(known))

    @classmethod
    def check(cls, config: Mapping[str, Any], checker: Checker) -> None:
        checker.known_keys("condition_config", config, {"query", "rules"})
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
        try:
            _tree(config, vocabulary_of(checker.config))
        except QueryInvalid as error:
            checker.fault("condition_config.query", error.placed)
        except RulesInvalid as error:
            for fault in error.faults:
                checker.fault(f"condition_config.{fault.path}", fault.reason)

    def verdict(self, round_: Round) -> Verdict:
        found = evaluate(self.tree, round_.query)
        return Verdict(found.holds, found.because)


def _tree(config: Mapping[str, Any], vocabulary: Vocabulary) -> Node:
    if "query" in config:
        return parse_query(config["query"], vocabulary, in_memory=True)
    return parse_rules(config["rules"], vocabulary)
