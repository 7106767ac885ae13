"""Scrips made ready: loaded once for each number of the configuration, compiled when first asked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson
from django.db import connection

from scrips.actions import ACTIONS, Action
from scrips.actions.base import MailTemplate, Source
from scrips.conditions import CONDITIONS, Condition
from scrips.facts import Round
from scrips.index import Index
from scrips.models import Scrip, Template
from scrips.places import Reach
from scrips.rendering import RenderFailed
from tessera.lib.errors import Refused
from tessera.lib.http import HeaderRefused, UrlRefused
from tessera.lib.query.clues import Clue
from tickets.config import Config

# What a scrip can do wrong by itself. Anything else is a fault of ours and undoes the whole unit of work.
FAULTS = (Refused, RenderFailed, UrlRefused, HeaderRefused, ValueError, KeyError)


@dataclass(frozen=True)
class Rule:
    """A scrip as the engine runs it."""

    id: int
    name: str
    version: int
    reach: Reach
    stage: str
    shadow: bool
    condition_type: str
    condition_config: Mapping[str, Any]
    action_type: str
    action_config: Mapping[str, Any]
    template: MailTemplate | None
    known: Config

    @cached_property
    def condition(self) -> Condition:
        return CONDITIONS[self.condition_type](self.condition_config, known=self.known)

    @cached_property
    def question(self) -> bytes:
        """What the condition asks: of rules that ask the same one answer is that of all."""
        return orjson.dumps(
            (self.condition_type, self.condition_config), option=orjson.OPT_SORT_KEYS
        )

    def can_hold_for(self, type: str) -> bool:  # noqa: A002  # the log's own word
        """Whether the condition is to be asked about transactions of that type. One that can't be read is: it fails."""
        try:
            return type in self.condition.types
        except FAULTS:
            return True

    @property
    def clues(self) -> Sequence[Clue[Round]]:
        """What the condition can't hold without. One that can't be read is asked wherever it applies."""
        try:
            return self.condition.clues
        except FAULTS:
            return ()

    @cached_property
    def action(self) -> Action:
        source = Source(self.id, self.version, self.name, self.template)
        return ACTIONS[self.action_type](self.action_config, source)


@dataclass(frozen=True)
class Rules:
    """All enabled scrips under one number of the configuration."""

    generation: int
    all: tuple[Rule, ...]
    _of: dict[tuple[int, str], tuple[Rule, ...]]
    _indexes: dict[tuple[int, str, str], Index[Rule]]

    def of(self, queue_id: int, stage: str) -> tuple[Rule, ...]:
        """Those that apply to a queue at a stage, in the order of their execution there."""
        found = self._of.get((queue_id, stage))
        if found is None:
            found = self._of[queue_id, stage] = in_order(self.all, queue_id, stage)
        return found

    def asked(self, stage: str, rounds: Sequence[Round]) -> Sequence[Rule]:
        """Those of them whose condition can hold for one of the rounds, which see the same ticket; the others need not
        be asked."""
        queue_id = rounds[0].state.queue_id
        if len(rounds) == 1:
            return self._index(queue_id, stage, rounds[0].entry.type).of(rounds[0])
        found = {
            rule.id
            for round_ in rounds
            for rule in self._index(queue_id, stage, round_.entry.type).of(round_)
        }
        return [rule for rule in self.of(queue_id, stage) if rule.id in found]

    def _index(self, queue_id: int, stage: str, type: str) -> Index[Rule]:  # noqa: A002  # the log's own word
        found = self._indexes.get((queue_id, stage, type))
        if found is None:
            rules = (rule for rule in self.of(queue_id, stage) if rule.can_hold_for(type))
            found = self._indexes[queue_id, stage, type] = Index((r, r.clues) for r in rules)
        return found


def in_order(rules: Iterable[Rule], queue_id: int, stage: str) -> tuple[Rule, ...]:
    """Those of the rules that apply to a queue at a stage: global and its own, by their places there, then id."""
    found = (rule for rule in rules if rule.stage == stage and rule.reach.covers(queue_id))
    return tuple(sorted(found, key=lambda rule: (rule.reach.place(queue_id), rule.id)))


_kept: dict[str, Rules] = {}


def rules_for(config: Config) -> Rules:
    """The scrips as of this configuration: two statements where its number is new to this process."""
    database = str(connection.settings_dict["NAME"])
    held = _kept.get(database)
    if held is None or held.generation != config.generation:
        rows = Scrip.objects.filter(disabled=False).select_related("template")
        rules = tuple(rule_of(row, config) for row in rows.prefetch_related("places"))
        held = _kept[database] = Rules(config.generation, rules, {}, {})
    return held


def rule_of(row: Scrip, config: Config) -> Rule:
    """One scrip, saved or not, ready to run."""
    return Rule(
        id=row.pk,
        name=row.name,
        version=row.version,
        reach=row.reach,
        stage=row.stage,
        shadow=row.shadow,
        condition_type=row.condition_type,
        condition_config=row.condition_config,
        action_type=row.action_type,
        action_config=row.action_config,
        template=None if row.template is None else mail_template(row.template),
        known=config,
    )


def mail_template(row: Template) -> MailTemplate:
    """A template's texts as a value."""
    return MailTemplate(
        id=row.pk,
        subject=row.subject_template,
        body=row.body_template,
        html=row.content_type == Template.ContentType.HTML,
    )
