"""Checking what administrators write into scrips, with every fault at its place."""

import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

from django.utils.translation import gettext as _

from customfields.choices import no_choice
from customfields.spec import FieldSpec, Vocabulary, check
from customfields.types import TYPES
from scrips.facts import NAMES
from scrips.rendering import TemplateInvalid, validate
from tessera.lib import values
from tessera.lib.query.fold import fold
from tessera.lib.query.tree import And, Node, Op, Term, literals_of, terms
from tessera.lib.suggest import nearest
from tickets import access
from tickets.access import Actor
from tickets.config import Config, QueueSpec
from tickets.people import People
from tickets.search.scope import Named, Scope
from tickets.search.warnings import warnings_of

LONGEST_TEMPLATE = 100_000
_BRACES = re.compile(r"\{[#%{$]")
_SAME = (Op.EQ, Op.IN)


@dataclass
class Checker:
    """Collects faults and warnings while a scrip is checked against the configuration it will act in.

    `own` are the scrip's queues; without any it is global, and may name what any queue has. What there is nowhere is a
    fault. What there is, but not for these queues, is worth a warning: it may come, and until then the rule says never.
    `author`, where there is one, may let a rule bring tickets only to where he may create some; `reader` is told no
    name of a queue that he does not see. `asked` are the lifecycles that a global scrip is for by its condition: it
    waits for queues that live by them. `people` and `named_before` may be of other scrips, to ask for nobody twice.
    """

    config: Config
    own: tuple[QueueSpec, ...] = ()
    author: Actor | None = None
    reader: Actor | None = None
    has_template: bool = False
    asked: frozenset[int] = frozenset()
    people: People = attribute(default_factory=People)
    named_before: Named = attribute(default_factory=Named)
    errors: dict[str, list[str]] = attribute(default_factory=dict)
    warnings: dict[str, list[str]] = attribute(default_factory=dict)

    def fault(self, path: str, text: object) -> None:
        self.errors.setdefault(path, []).append(str(text))

    def warn(self, path: str, text: object) -> None:
        self.warnings.setdefault(path, []).append(str(text))

    @property
    def queues(self) -> tuple[QueueSpec, ...]:
        return self.own or tuple(self.config.queues.values())

    @property
    def field_keys(self) -> frozenset[str]:
        """The keys of fields that a ticket of the scrip's queues may have."""
        return frozenset(spec.key for queue in self.queues for spec in queue.fields)

    @property
    def where(self) -> str:
        """The queues' names, for a sentence."""
        if not self.own:
            return _("any queue")
        return ", ".join(queue.name for queue in self.own[:5])

    def known_keys(self, path: str, config: Mapping[str, Any], known: Iterable[str]) -> None:
        """Names each setting that there is not."""
        names = set(known)
        for key in config:
            if key not in names:
                self.fault(f"{path}.{str(key)[:64]}", _("unknown setting") + _hint(str(key), names))

    def status(self, path: str, raw: object) -> None:
        """A status that some version of a lifecycle has, and one of the scrip's queues."""
        if not isinstance(raw, str):
            self.fault(path, _("must be a status"))
            return
        here = {queue.lifecycle.lifecycle_id for queue in self.queues} | self.asked
        having = [s for s in self.config.versions.values() if s.definition.canonical(raw)]
        if any(spec.lifecycle_id in here for spec in having):
            return
        lives = [s for s in self.config.lifecycles if s.lifecycle_id in here or not having]
        names = {status.name for spec in lives for status in spec.definition.statuses}
        words = {"status": raw[:64], "where": self.where}
        if having:
            told = _("no lifecycle of %(where)s has the status “%(status)s”")
            self.warn(path, told % words + _hint(raw, names))
        else:
            told = _("no lifecycle has the status “%(status)s”")
            self.fault(path, told % words + _hint(raw, names))

    def statuses(self, path: str, raw: object) -> None:
        """One status, or a list of them."""
        listed = raw if isinstance(raw, list) else [raw]
        if not listed or len(listed) > 100:
            self.fault(path, _("must be a status or a list of 1 to 100"))
            return
        for item in listed:
            self.status(path, item)

    def field(self, path: str, raw: object, queue: QueueSpec | None = None) -> None:
        """The key of a custom field, which one of the scrip's queues has, or the queue that is given."""
        if not isinstance(raw, str):
            self.fault(path, _("must be the key of a custom field"))
            return
        queues = (queue,) if queue else self.queues
        keys = frozenset(spec.key for each in queues for spec in each.fields)
        if raw.lower() in {key.lower() for key in keys}:
            return
        where = queue.name if queue else self.where
        told = _("there is no field “%(key)s” in %(where)s") % {"key": raw[:64], "where": where}
        if self.config.field(raw):
            self.warn(path, told + _hint(raw, keys))
        else:
            self.fault(path, told + _hint(raw, keys | self.config.fields.keys()))

    def required_fields(self, path: str, given: Mapping[str, Any], queue: QueueSpec) -> None:
        """A ticket of the queue can't begin without these."""
        named = {str(key).lower() for key in given}
        for spec in queue.fields:
            needed = spec.required and spec.default is None and not spec.show_when
            if needed and spec.key.lower() not in named:
                words = {"key": spec.key, "queue": queue.name}
                self.warn(path, _("%(queue)s requires the field “%(key)s”") % words)

    def target_queue(self, path: str, raw: object) -> QueueSpec | None:
        """A queue, by name or id, to which the rule brings tickets."""
        reader = self.author or self.reader
        known = {
            queue.id: queue.name
            for queue in self.config.queues.values()
            if reader is None or access.sees_queue(reader, queue.id)
        }
        if isinstance(raw, str):
            found = self.config.queues_by_name.get(raw.lower())
        else:
            found = self.config.queues.get(raw) if type(raw) is int else None
        if found is None or (self.author and found.id not in known):
            hint = _hint(raw, {*known.values()}) if isinstance(raw, str) else ""
            self.fault(path, _("there is no such queue") + hint)
            return None
        if self.author and not access.may(self.author, "CreateTicket", queue_id=found.id):
            told = _("you may not create tickets in %(queue)s, so no rule of yours may")
            self.fault(path, told % {"queue": found.name})
        if found.disabled:
            self.warn(path, _("the queue %(name)s is disabled") % {"name": found.name})
        return found

    def owner(self, path: str, raw: object) -> None:
        """The username of somebody who can own tickets of the scrip's queues."""
        name = self.text(path, raw, longest=150)
        if name is None:
            return
        person = self.people.by_username(name)
        if person is None or person.system:
            self.fault(path, _("there is no user “%(name)s”") % {"name": name[:150]})
            return
        actor = Actor(person, self.config)
        able = [queue for queue in self.queues if actor.held(queue.id).has("OwnTicket")]
        if person.disabled or not able:
            words = {"name": person.username, "where": self.where}
            self.warn(path, _("%(name)s can't own tickets of %(where)s") % words)

    def field_value(self, path: str, key: object, value: object) -> None:
        """What a field is to be set to, as far as it is known now: templates are left to the ticket that comes."""
        spec = self.config.field(key)
        if spec is None:
            return  # told where the field is named
        members = value if isinstance(value, list) else [value]
        try:
            known = Vocabulary(user_exists=self._username)
            check(spec, [each for each in members if not is_template(each)], known)
        except values.BadValue as error:
            self.fault(path, error)

    def _username(self, name: str) -> str | None:
        """That of a user there is; whoever has left is no reason to refuse the rest of the rule."""
        person = self.people.by_username(name)
        return None if person is None or person.system else person.username

    def compared(self, path: str, tree: Node) -> None:
        """What a query compares selects with must be choices of theirs: with anything else it says always the same."""
        for term in terms(tree):
            specs = [found for key, _type in term.field.custom if (found := self.config.field(key))]
            if term.op.positive in _SAME and all(TYPES[s.field_type].has_choices for s in specs):
                for literal in literals_of(term) if specs else ():
                    self._choice(path, term.field.spelled, literal, specs)

    def named(self, path: str, tree: Node) -> None:
        """A query may name what there is not, as a search may; but it is worth a word, and so is what is elsewhere."""
        reader = self.author or self.reader or Actor(self.config.system, self.config)
        scope = Scope.of(reader, tree, named=self.named_before)
        for told in warnings_of(tree, scope):
            self.warn(path, told)
        self.asked = frozenset() if self.own else self._lifecycles(tree)
        for term in terms(tree):
            keys = [key for key, _type in term.field.custom]
            if keys and not self.field_keys & {*keys}:
                self.field(path, keys[0])
            elif term.field.name == "Status" and term.op.positive in _SAME:
                for literal in literals_of(term):
                    if self._is_elsewhere(literal):
                        self.status(path, literal)

    def _lifecycles(self, tree: Node) -> frozenset[int]:
        """Those that every ticket lives by one of which the query holds for, where it says so."""
        parts = tree.children if isinstance(tree, And) else (tree,)
        named = {
            fold(literal)
            for part in parts
            if isinstance(part, Term) and part.field.name == "Lifecycle" and part.op in _SAME
            for literal in literals_of(part)
        }
        return frozenset(s.lifecycle_id for s in self.config.lifecycles if fold(s.name) in named)

    def _is_elsewhere(self, status: str) -> bool:
        """Whether there is such a status at all: whether it is for the scrip's queues is another question."""
        return any(spec.definition.canonical(status) for spec in self.config.versions.values())

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


def is_template(raw: object) -> bool:
    """Whether there is anything in it that is rendered."""
    return isinstance(raw, str) and _BRACES.search(raw) is not None


def _hint(raw: str, known: Set[str]) -> str:
    near = nearest(raw, known)
    return _("; did you mean “%s”?") % near if near else ""
