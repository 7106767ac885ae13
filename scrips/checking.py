"""Checking what administrators write into scrips, with every fault at its place."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

from django.utils.translation import gettext as _

from customfields.choices import no_choice
from customfields.spec import ANYBODY, FieldSpec, check
from customfields.types import TYPES
from scrips.facts import NAMES
from scrips.rendering import TemplateInvalid, validate
from tessera.lib import values
from tessera.lib.query.fold import fold
from tessera.lib.query.tree import Node, Op, literals_of, terms
from tessera.lib.suggest import nearest
from tickets.config import Config, QueueSpec

LONGEST_TEMPLATE = 100_000
_BRACES = re.compile(r"\{[#%{$]")
_SAME = (Op.EQ, Op.IN)


@dataclass
class Checker:
    """Collects faults while a scrip is checked against the configuration it will act in.

    `queue` is the scrip's own, or None for a global one, which may name what any queue has.
    """

    config: Config
    queue: QueueSpec | None
    has_template: bool = False
    errors: dict[str, list[str]] = attribute(default_factory=dict)

    def fault(self, path: str, text: object) -> None:
        self.errors.setdefault(path, []).append(str(text))

    @property
    def queues(self) -> list[QueueSpec]:
        return [self.queue] if self.queue else list(self.config.queues.values())

    @property
    def field_keys(self) -> frozenset[str]:
        """The keys of fields that a ticket of the scrip's queues may have."""
        return frozenset(spec.key for queue in self.queues for spec in queue.fields)

    def known_keys(self, path: str, config: Mapping[str, Any], known: set[str]) -> None:
        for key in config:
            if key not in known:
                near = nearest(str(key), known)
                hint = _("; did you mean “%s”?") % near if near else ""
                self.fault(f"{path}.{str(key)[:64]}", _("unknown setting") + hint)

    def status(self, path: str, raw: object) -> None:
        """A status that the lifecycle of the scrip's queue has; for a global one, that some lifecycle has."""
        lifecycles = [self.queue.lifecycle] if self.queue else self.config.lifecycles
        if not isinstance(raw, str):
            self.fault(path, _("must be a status"))
        elif not any(spec.definition.canonical(raw) for spec in lifecycles):
            names = {s.name for spec in lifecycles for s in spec.definition.statuses}
            self.fault(
                path, _("no lifecycle here has the status “%s”") % raw[:64] + _hint(raw, names)
            )

    def statuses(self, path: str, raw: object) -> None:
        """One status, or a list of them."""
        listed = raw if isinstance(raw, list) else [raw]
        if not listed or len(listed) > 100:
            self.fault(path, _("must be a status or a list of 1 to 100"))
            return
        for item in listed:
            self.status(path, item)

    def field(self, path: str, raw: object) -> None:
        """The key of a custom field that one of the scrip's queues has."""
        keys = {key.lower() for key in self.field_keys}
        if not isinstance(raw, str):
            self.fault(path, _("must be the key of a custom field"))
        elif raw.lower() not in keys:
            where = self.queue.name if self.queue else _("any queue")
            told = _("there is no field “%(key)s” in %(where)s") % {"key": raw[:64], "where": where}
            self.fault(path, told + _hint(raw, self.field_keys))

    def field_value(self, path: str, key: object, value: object) -> None:
        """What a field is to be set to, as far as it is known now: templates are left to the ticket that comes."""
        spec = self.config.field(key)
        if spec is None:
            return  # told where the field is named
        members = value if isinstance(value, list) else [value]
        try:
            check(spec, [each for each in members if not _is_template(each)], ANYBODY)
        except values.BadValue as error:
            self.fault(path, error)

    def compared(self, path: str, tree: Node) -> None:
        """What a query compares selects with must be choices of theirs: with anything else it says always the same."""
        for term in terms(tree):
            specs = [found for key, _type in term.field.custom if (found := self.config.field(key))]
            if term.op.positive in _SAME and all(TYPES[s.field_type].has_choices for s in specs):
                for literal in literals_of(term) if specs else ():
                    self._choice(path, term.field.spelled, literal, specs)

    def _choice(self, path: str, spelled: str, literal: str, specs: list[FieldSpec]) -> None:
        known = [choice for spec in specs for choice in spec.values]
        if fold(literal.strip()) not in {fold(choice) for choice in known}:
            self.fault(path, f"{spelled}: {no_choice(literal[:80], known)}")

    def text(self, path: str, raw: object, *, longest: int = LONGEST_TEMPLATE) -> str | None:
        try:
            return values.text(raw, longest=longest)
        except values.BadValue as error:
            self.fault(path, error)
            return None

    def template(self, path: str, raw: object, *, html: bool = False) -> None:
        """A text of the sandbox's language that parses and names what there is."""
        source = self.text(path, raw)
        if source is None:
            return
        try:
            validate(source, html=html, known_fields=self.field_keys, names=NAMES)
        except TemplateInvalid as error:
            self.fault(path, error)


def _is_template(raw: object) -> bool:
    return isinstance(raw, str) and _BRACES.search(raw) is not None


def _hint(raw: str, known: set[str] | frozenset[str]) -> str:
    near = nearest(raw, known)
    return _("; did you mean “%s”?") % near if near else ""
