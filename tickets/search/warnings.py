"""What a query names that there is not: no fault, since it may come, but worth a word."""

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _

from tessera.lib.query.compare import CURRENT_USER, NOBODY, number
from tessera.lib.query.fields import FIELDS, Kind
from tessera.lib.query.fold import fold
from tessera.lib.query.tree import Node, Op, Term, literals_of, terms
from tessera.lib.query.vocabulary import part_of
from tessera.lib.suggest import nearest
from tickets import access
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
    known = [
        each for each in scope.config.queues.values() if access.sees_queue(scope.actor, each.id)
    ]
    names = {fold(queue.name): queue.name for queue in known}
    if fold(literal) in names or literal.strip() in {str(queue.id) for queue in known}:
        return None
    return _missing(_("there is no queue '%s'"), literal, names)


def _status(_term: Term, literal: str, scope: Scope) -> str | None:
    names = {fold(status): status for status in scope.statuses}
    if fold(literal) in names or fold(literal) in _KINDS_OF_STATUS:
        return None
    return _missing(_("no lifecycle has a status '%s'"), literal, names)


def _lifecycle(_term: Term, literal: str, scope: Scope) -> str | None:
    names = {fold(version.name): version.name for version in scope.versions.values()}
    if fold(literal) in names:
        return None
    return _missing(_("there is no lifecycle '%s'"), literal, names)


def _person(term: Term, literal: str, scope: Scope) -> str | None:
    """Who is a user is told to those who work with tickets; addresses may be anybody's."""
    wanted = fold(literal)
    if part_of(term.field) != "Name" or wanted in ("", CURRENT_USER, NOBODY):
        return None
    if scope.ids("Name", wanted) or not access.anywhere(scope.actor, "ModifyTicket"):
        return None
    return _missing(_("there is no user '%s'"), literal, {})


def _missing(sentence: str, literal: str, names: Mapping[str, str]) -> str:
    told = sentence % literal[:100]
    near = nearest(literal, names.values()) if number(literal) is None else None
    return told + _("; did you mean '%s'?") % near if near else told


_JUDGES: Mapping[object, Callable[[Term, str, Scope], str | None]] = {
    Kind.QUEUE: _queue,
    Kind.STATUS: _status,
    Kind.PERSON: _person,
    "Lifecycle": _lifecycle,
}
