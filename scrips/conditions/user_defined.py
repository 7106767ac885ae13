"""The condition that administrators put together from rules."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scrips.checking import Checker
from scrips.conditions.base import Verdict
from scrips.facts import Round
from tessera.lib.query.evaluate import evaluate
from tessera.lib.query.rules import RulesInvalid, parse_rules
from tessera.lib.query.vocabulary import CustomField, Vocabulary
from tickets.config import Config


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
        found = evaluate(self.tree, round_.query)
        return Verdict(found.holds, found.because)
