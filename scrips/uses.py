"""What a scrip or a template names: fields, statuses, queues, people, templates. Read in one place, from the schemas of
their settings, the trees of their queries and the texts of their templates."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2 import Environment, TemplateSyntaxError, nodes

from scrips.actions import ACTIONS
from scrips.actions.people import ACTOR, NOBODY
from scrips.conditions import CONDITIONS
from scrips.conditions.user_defined import tree_of
from scrips.models import Scrip, Template
from scrips.rendering.braces import rewritten
from scrips.rendering.errors import TemplateInvalid
from scrips.schemas import Schema
from tessera.lib.errors import QueryInvalid
from tessera.lib.query.fields import FIELDS, Kind
from tessera.lib.query.fold import fold
from tessera.lib.query.rules import RulesInvalid
from tessera.lib.query.tree import Node, Term, literals_of, terms
from tessera.lib.query.vocabulary import part_of
from tickets.config import Config

FIELD, STATUS, QUEUE, USER, TEMPLATE, LIFECYCLE = (
    *("custom_field", "status", "queue"),
    *("user", "template", "lifecycle"),
)
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}


@dataclass(frozen=True, slots=True, order=True)
class Named:
    """Something that is named, at a path. `id` is None where it has none, or where there is no such thing any more."""

    place: str
    kind: str
    name: str
    id: int | None = None


# What each scrip names, by its id: the configuration and the version that it was read of, and the names.
_kept: dict[int, tuple[Config, int, Sequence[Named]]] = {}
_MOST_KEPT = 10_000


def of_scrip(scrip: Scrip, config: Config) -> Sequence[Named]:
    """All that a scrip names, each once for each place, in the order of the places. Of its template, whose own names
    are its own matter, the template alone. One as it is kept is read once for each number of the configuration."""
    if scrip._state.adding or scrip.drafted is not None:  # noqa: SLF001  # Django's name
        return _of_scrip(scrip, config)
    held = _kept.get(scrip.pk)
    if held is None or held[0] is not config or held[1] != scrip.version:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        held = _kept[scrip.pk] = (config, scrip.version, tuple(_of_scrip(scrip, config)))
    return held[2]


def _of_scrip(scrip: Scrip, config: Config) -> list[Named]:
    found: set[Named] = set()
    for number in scrip.reach.listed:
        queue = config.queues.get(number)
        found.add(Named("queue_ids", QUEUE, queue.name if queue else str(number), number))
    if scrip.template is not None:
        found.add(Named("template_id", TEMPLATE, scrip.template.name, scrip.template_id))
    if scrip.condition_type == "OnResolve":
        found.add(Named("condition_type", STATUS, "resolved"))
    for registry, key, path, settings in (
        (CONDITIONS, scrip.condition_type, "condition_config", scrip.condition_config),
        (ACTIONS, scrip.action_type, "action_config", scrip.action_config),
    ):
        kind: Any = registry.get(key)
        if kind is not None:
            for format_, value, place in _walk(kind.schema, settings, path):
                found |= set(_named(format_, value, place, config))
    return sorted(found)


def of_template(template: Template, config: Config) -> list[Named]:
    """The custom fields that a template's texts speak of."""
    texts = {
        "subject_template": template.subject_template,
        "body_template": template.body_template,
    }
    return sorted(each for place, text in texts.items() for each in _in_text(text, place, config))


def of_query(tree: Node, place: str, config: Config) -> Iterator[Named]:
    """What a query names."""
    for term in terms(tree):
        for key, _type in term.field.custom:
            yield _field(key, place, config)
        for literal in literals_of(term):
            if named := _literal(term, literal, place, config):
                yield named


def _literal(term: Term, literal: str, place: str, config: Config) -> Named | None:
    if term.field.custom:
        return None
    if term.field.name == "Lifecycle":
        return Named(place, LIFECYCLE, literal)
    kind = FIELDS[term.field.name].kind
    if kind is Kind.STATUS:
        return None if literal.startswith("__") else Named(place, STATUS, literal)
    if kind is Kind.QUEUE:
        return _queue(literal, place, config)
    if kind is Kind.PERSON and part_of(term.field) == "Name" and not literal.startswith("__"):
        return None if fold(literal) == NOBODY else Named(place, USER, literal)
    return None


def _walk(schema: Schema, value: Any, path: str) -> Iterator[tuple[str, Any, str]]:
    """Each value whose schema has a format, with its path."""
    if "anyOf" in schema:
        fitting = [part for part in schema["anyOf"] if _fits(part, value)]
        for part in fitting[:1]:
            yield from _walk(part, value, path)
    elif schema.get("format"):
        yield schema["format"], value, path
    elif isinstance(value, Mapping):
        for name, member in value.items():
            below = f"{path}.{name}"
            if "x-keys" in schema:
                yield schema["x-keys"], name, below
            inner = schema.get("properties", {}).get(name) or schema.get("additionalProperties")
            if isinstance(inner, Mapping):
                yield from _walk(inner, member, below)
    elif isinstance(value, list) and "items" in schema:
        for member in value:
            yield from _walk(schema["items"], member, path)


def _fits(schema: Schema, value: Any) -> bool:
    wanted = schema.get("type")
    if wanted is None:
        return False
    return isinstance(value, _TYPES[wanted]) and (
        wanted == "boolean" or not isinstance(value, bool)
    )


def _named(format_: str, value: Any, place: str, config: Config) -> Iterator[Named]:
    if format_ in ("query", "rules"):
        yield from _in_condition(format_, value, place, config)
    elif format_ == "queue":
        yield _queue(value, place, config)
    elif not isinstance(value, str):
        return
    elif format_ == "custom-field":
        yield _field(value, place, config)
    elif format_ == "status":
        yield Named(place, STATUS, value)
    elif format_ == "user" and fold(value) not in (ACTOR, NOBODY):
        yield Named(place, USER, value)
    elif format_ in ("template", "recipient"):
        yield from _in_text(value, place, config)


def _in_condition(name: str, value: Any, place: str, config: Config) -> Iterator[Named]:
    """Of a query that can't be read any more it can't be said what it names."""
    try:
        tree = tree_of({name: value}, config.condition_vocabulary)
    except (QueryInvalid, RulesInvalid):
        return
    yield from of_query(tree, place, config)


def _in_text(text: str, place: str, config: Config) -> Iterator[Named]:
    for key in fields_in(text):
        yield _field(key, place, config)


def _field(key: str, place: str, config: Config) -> Named:
    spec = config.field(key)
    return Named(place, FIELD, spec.key if spec else key, spec.id if spec else None)


def _queue(raw: Any, place: str, config: Config) -> Named:
    text = str(raw).strip()
    found = config.queues_by_name.get(text.lower())
    if found is None and text.isdecimal() and len(text) < 19:
        found = config.queues.get(int(text))
    return Named(place, QUEUE, found.name if found else text, found.id if found else None)


@lru_cache(maxsize=1024)
def fields_in(text: str) -> frozenset[str]:
    """The keys that a template asks for as `ticket.cf.KEY`, however it spells that."""
    try:
        tree = _SYNTAX.parse(rewritten(text))
    except (TemplateSyntaxError, TemplateInvalid):
        return frozenset()
    asked: list[nodes.Getattr | nodes.Getitem] = []
    asked += tree.find_all(nodes.Getattr)
    asked += tree.find_all(nodes.Getitem)
    return frozenset(
        key for node in asked if _asked(node.node) in _OF_TICKET if (key := _asked(node))
    )


_OF_TICKET: frozenset[str | None] = frozenset({"cf", "custom_fields"})
# Only to read; what renders is the sandbox.
_SYNTAX = Environment(autoescape=True)


def _asked(node: nodes.Node) -> str | None:
    """The name in `x.name` or `x["name"]`."""
    if isinstance(node, nodes.Getattr):
        return node.attr
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        return node.arg.value if isinstance(node.arg.value, str) else None
    return None
