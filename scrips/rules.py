"""Scrips made ready: loaded once for each number of the configuration, compiled when first asked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import connection

from scrips.actions import ACTIONS, Action
from scrips.actions.base import MailTemplate, Source
from scrips.conditions import CONDITIONS, Condition
from scrips.models import Scrip, Template
from scrips.places import Reach
from scrips.rendering import RenderFailed
from tessera.lib.errors import Refused
from tessera.lib.http import HeaderRefused, UrlRefused
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

    def can_hold_for(self, type: str) -> bool:  # noqa: A002  # the log's own word
        """Whether the condition is to be asked about transactions of that type. One that can't be read is: it fails."""
        try:
            return type in self.condition.types
        except FAULTS:
            return True

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
    _asked: dict[tuple[int, str, str], tuple[Rule, ...]]

    def of(self, queue_id: int, stage: str) -> tuple[Rule, ...]:
        """Those that apply to a queue at a stage, in the order of their execution there."""
        found = self._of.get((queue_id, stage))
        if found is None:
            found = self._of[queue_id, stage] = in_order(self.all, queue_id, stage)
        return found

    def asked(self, queue_id: int, stage: str, type: str) -> tuple[Rule, ...]:  # noqa: A002  # the log's own word
        """Those of them whose condition can hold for a transaction of that type; the others need not be asked."""
        found = self._asked.get((queue_id, stage, type))
        if found is None:
            found = self._asked[queue_id, stage, type] = tuple(
                rule for rule in self.of(queue_id, stage) if rule.can_hold_for(type)
            )
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
