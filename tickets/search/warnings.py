"""What a query names that there is not: no fault, since it may come, but worth a word."""

from collections.abc import Callable, Iterable, Mapping

from django.utils.translation import gettext as _

from tessera.lib.query.compare import CURRENT_USER, NOBODY, number
from tessera.lib.query.fields import FIELDS, Kind
from tessera.lib.query.fold import fold
from tessera.lib.query.tree import Node, Op, Term, literals_of, terms
from tessera.lib.query.vocabulary import part_of
from tessera.lib.suggest import nearest
from tickets import access, knowing
from tickets.search.scope import Scope

_KINDS_OF_STATUS = frozenset(map(fold, ("__Active__", "__Inactive__", "__Initial__")))


def warnings_of(tree: Node, scope: Scope) -> tuple[str, ...]:
    """A sentence for each queue, lifecycle, user and status that the query names and the caller can't know of."""
    found = (
        told
        for term in terms(tree)
        if not term.field.custom and term.op.positive in (Op.EQ, Op.IN)
        for literal in literals_of(term)
        if (told := _told(term, literal, scope))
    )
    return tuple(dict.fromkeys(found))


def _told(term: Term, literal: str, scope: Scope) -> str | None:
    kind, name = FIELDS[term.field.name].kind, term.field.name
    judge = _JUDGES.get("Lifecycle" if name == "Lifecycle" else kind)
    return judge(term, literal, scope) if judge else None


def _queue(_term: Term, literal: str, scope: Scope) -> str | None:
    known = knowing.queues(scope.actor)
    names = [scope.config.queues[number].name for number in known]
    if fold(literal) in map(fold, names) or literal.strip() in map(str, known):
        return None
    return _missing(_("there is no queue '%s'"), literal, names)


def _status(_term: Term, literal: str, scope: Scope) -> str | None:
    if fold(literal) in {*map(fold, scope.statuses), *_KINDS_OF_STATUS}:
        return None
    told = knowing.lifecycles(scope.actor)
    names = [status.name for each in told for status in each.definition.statuses]
    return _missing(_("no lifecycle has a status '%s'"), literal, names)


def _lifecycle(_term: Term, literal: str, scope: Scope) -> str | None:
    if fold(literal) in {fold(version.name) for version in scope.versions.values()}:
        return None
    names = [each.name for each in knowing.lifecycles(scope.actor)]
    return _missing(_("there is no lifecycle '%s'"), literal, names)


def _person(term: Term, literal: str, scope: Scope) -> str | None:
    """Who is a user is told to those who work with tickets; addresses may be anybody's."""
    wanted = fold(literal)
    if part_of(term.field) != "Name" or wanted in ("", CURRENT_USER, NOBODY):
        return None
    if scope.ids("Name", wanted) or not access.anywhere(scope.actor, "ModifyTicket"):
        return None
    return _missing(_("there is no user '%s'"), literal, ())


def _missing(sentence: str, literal: str, names: Iterable[str]) -> str:
    told = sentence % literal[:100]
    near = nearest(literal, names) if number(literal) is None else None
    return told + _("; did you mean '%s'?") % near if near else told


_JUDGES: Mapping[object, Callable[[Term, str, Scope], str | None]] = {
    Kind.QUEUE: _queue,
    Kind.STATUS: _status,
    Kind.PERSON: _person,
    "Lifecycle": _lifecycle,
}
