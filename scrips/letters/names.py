"""The names that a template can say, in groups: what each is, and what it says of the ticket that is looked at."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.text import Truncator
from django.utils.translation import gettext as _

from customfields.spec import FieldSpec
from scrips.facts import NAMES, MessageFacts, PersonFacts, QueueFacts, TicketFacts, TransactionFacts
from scrips.letters.glossary import ATTRIBUTES, FILTERS, GIVEN, STATEMENTS, TOP
from scrips.rendering import Facts, Later, RenderFailed, render
from scrips.rendering.values import visible

MOST_FIELDS = 200
_LONGEST = 60
_PEOPLE = ("owner", "creator", "requestors", "cc", "admin_cc")
_ELSEWHERE = {*_PEOPLE, "queue", "cf", "custom_fields"}


@dataclass(frozen=True, slots=True)
class Name:
    """`shown` in the list, `inserted` at the cursor; `value` is what it says now, None where nobody knows."""

    shown: str
    inserted: str
    told: str
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Names that belong together."""

    key: str
    title: str
    names: Sequence[Name]
    more: int = 0


def groups(fields: Sequence[FieldSpec], context: Mapping[str, Any] | None) -> list[Group]:
    """All names, with their values where a ticket's context is given."""
    if context is not None:
        # Once, and not for each of their names.
        context = {
            name: value.value() if isinstance(value, Later) else value
            for name, value in context.items()
        }

    def named(pairs: Iterable[tuple[str, str]]) -> list[Name]:
        return [_name(path, told, context) for path, told in pairs]

    shown = fields[:MOST_FIELDS]
    cf = [(f"ticket.cf.{spec.key}", spec.name) for spec in shown]
    return [
        Group("ticket", _("Ticket"), named(_of_ticket())),
        Group("transaction", _("What happened"), named(_of_transaction())),
        Group("people", _("People"), named(_of_people())),
        Group("fields", _("Custom fields"), named(cf), len(fields) - len(shown)),
        Group("helpers", _("Helpers"), [*named([("now", str(TOP["now"]))]), *_helpers()]),
    ]


def _attributes(prefix: str, kind: type[Facts], without: Iterable[str] = ()) -> Iterator[Any]:
    """In the order of the glossary, which says the same names as the facts."""
    names = visible(kind) - {*without}
    for name, told in ATTRIBUTES[kind].items():
        if name in names:
            yield f"{prefix}.{name}", str(told)


def _of_ticket() -> Iterator[tuple[str, str]]:
    yield from _attributes("ticket", TicketFacts, _ELSEWHERE)
    yield from _attributes("queue", QueueFacts)


def _of_transaction() -> Iterator[tuple[str, str]]:
    yield "diff", str(TOP["diff"])
    yield from _attributes("transaction", TransactionFacts, {"creator"})
    yield from _attributes("last_message", MessageFacts, {"creator"})


def _of_people() -> Iterator[tuple[str, str]]:
    yield from _attributes("recipient", PersonFacts)
    single = [name for name, kind in NAMES.items() if kind is PersonFacts and name != "recipient"]
    holders = {name: str(TOP[name]) for name in single}
    for owner, kind in (
        ("ticket", TicketFacts),
        ("transaction", TransactionFacts),
        ("last_message", MessageFacts),
    ):
        lines = {name: told for name, told in ATTRIBUTES[kind].items() if name in _PEOPLE}
        holders |= {f"{owner}.{name}": str(told) for name, told in lines.items()}
    for path, told in holders.items():
        if path.rpartition(".")[2] in ("requestors", "cc", "admin_cc"):
            yield path, told
        else:
            yield f"{path}.name", told
            yield f"{path}.email", told


def _helpers() -> Iterator[Name]:
    for text, told in STATEMENTS.items():
        yield Name(text.partition("\n")[0], text, str(told))
    for name, told in FILTERS.items():
        given = f" | {GIVEN.get(name, name)}"
        yield Name(given.strip(), given, str(told))


def _name(path: str, told: str, context: Mapping[str, Any] | None) -> Name:
    text = f"{{{{ {path} }}}}"
    return Name(path, text, told, None if context is None else _value(text, context))


def _value(text: str, context: Mapping[str, Any]) -> str | None:
    try:
        said = render(text, context)
    except RenderFailed:  # there is no such thing on this ticket
        return None
    return Truncator(" ".join(said.split())).chars(_LONGEST)
