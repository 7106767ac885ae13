"""What may be written next in a query, with the values that the caller may know of."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from tessera.accounts.models import User
from tessera.lib.query.complete import Due, due_at, like, literal
from tessera.lib.query.fields import FIELDS, PARTS, Kind
from tessera.lib.query.fold import fold
from tessera.lib.query.tree import FieldRef
from tessera.lib.query.vocabulary import Vocabulary, part_of
from tickets import knowing
from tickets.access import Actor
from tickets.search.entries import all_types

MOST = 30
_DATES = (
    "today",
    "now",
    "yesterday",
    "tomorrow",
    "monday",
    "1 hour ago",
    "3 days ago",
    "1 week ago",
)
_STATUSES = ("__Active__", "__Inactive__", "__Initial__")


@dataclass(frozen=True, slots=True)
class Completion:
    """A text that may stand there, what a person reads for it, and whether it is a field, operator, value or joiner."""

    text: str
    label: str
    kind: str


@dataclass(frozen=True, slots=True)
class Completions:
    """They take the place of the query's characters from `start` to `end`."""

    start: int
    end: int
    found: tuple[Completion, ...]


def complete(query: str, place: int, actor: Actor, *, condition: bool = False) -> Completions:
    """What may stand at that character: at most thirty, those first that begin with what stands there.

    Of a rule's `condition` the fields of the change that it judges are among it. One statement where a person is
    due, else none.
    """
    vocabulary = replace(knowing.vocabulary(actor), condition=condition)
    due = due_at(query, place, vocabulary, in_memory=condition)
    found = tuple(_found(due, actor, vocabulary))[:MOST]
    return Completions(due.start, due.end, found)


def _found(due: Due, actor: Actor, vocabulary: Vocabulary) -> Iterable[Completion]:
    if due.what == "field":
        names = [*_fields(due.begun, vocabulary), *like(due.begun, due.words)]
        return [
            Completion(name, name, "field" if name not in due.words else "joiner") for name in names
        ]
    if due.what in ("operator", "joiner"):
        return [Completion(word, word, due.what) for word in like(due.begun, due.words)]
    if due.what == "value" and due.field is not None:
        values = like(due.begun, _values(due.field, due.begun, actor))
        return [Completion(literal(value), value, "value") for value in values]
    return ()


def _fields(begun: str, vocabulary: Vocabulary) -> list[str]:
    name, dot, _part = begun.rpartition(".")
    field = vocabulary.find(name) if dot else None
    if field and not field.custom and FIELDS[field.name].kind is Kind.PERSON:
        return like(begun, [f"{name}.{part}" for part in PARTS])
    names = {f"CF.{{{one.name}}}": f"CF.{{{one.key}}}" for one in vocabulary.told}
    by_name = [names[name] for name in like(begun, names)]
    return list(dict.fromkeys([*like(begun, vocabulary.spellings), *by_name]))


def _values(field: FieldRef, begun: str, actor: Actor) -> list[str]:
    if field.custom:
        told = [(key, type_) for key, type_ in field.custom if key in knowing.fields(actor)]
        return [value for key, type_ in told for value in _of_custom(key, type_, begun, actor)]
    if field.name == "Lifecycle":
        return sorted(each.name for each in knowing.lifecycles(actor))
    if field.name in ("TransactionType", "Transaction.Type"):
        return list(all_types())
    known = _BY_KIND.get(FIELDS[field.name].kind)
    return known(field, begun, actor) if known else []


def _of_custom(key: str, type_: str, begun: str, actor: Actor) -> list[str]:
    if type_ == "Boolean":
        return ["true", "false"]
    if type_ in ("Date", "DateTime"):
        return list(_DATES)
    spec = actor.config.fields[key]
    return people("Name", begun, actor) if type_ == "User" else list(spec.values)


def _statuses(_field: FieldRef, _begun: str, actor: Actor) -> list[str]:
    known = knowing.lifecycles(actor)
    names = dict.fromkeys(status.name for each in known for status in each.definition.statuses)
    return [*names, *_STATUSES]


def _queues(_field: FieldRef, _begun: str, actor: Actor) -> list[str]:
    return sorted((actor.config.queues[each].name for each in knowing.queues(actor)), key=fold)


def _persons(field: FieldRef, begun: str, actor: Actor) -> list[str]:
    part = part_of(field)
    words = ["__CurrentUser__", *(["Nobody"] if field.name == "Owner" else [])]
    return [*words, *people(part, begun, actor)]


def people(part: str, begun: str, actor: Actor) -> list[str]:
    """The users whose `Name` or `EmailAddress` begins so, for who is told of them."""
    if not knowing.people(actor):
        return []
    column, folded = _COLUMNS[part]
    rows = User.objects.filter(disabled=False, kind=User.Kind.PERSON).exclude(**{column: ""})
    rows = rows.filter(**{f"{folded}__startswith": fold(begun.strip())}).order_by(folded)
    return list(rows.values_list(column, flat=True)[:MOST])


_COLUMNS = {"Name": ("username", "folded_username"), "EmailAddress": ("email", "folded_email")}
_BY_KIND: Mapping[Kind, Callable[[FieldRef, str, Actor], list[str]]] = {
    Kind.STATUS: _statuses,
    Kind.QUEUE: _queues,
    Kind.PERSON: _persons,
    Kind.DATE: lambda *_: list(_DATES),
}
