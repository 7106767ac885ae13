"""What a query names that there is not: no fault, since it may come, but worth a word."""

import re
from collections.abc import Callable, Iterable, Mapping

from django.utils.translation import gettext as _

from tessera.lib.query.compare import CURRENT_USER, NOBODY, number
from tessera.lib.query.fields import FIELDS, Kind
from tessera.lib.query.fold import fold
from tessera.lib.query.tree import Node, Op, Term, literals_of, terms
from tessera.lib.query.vocabulary import part_of
from tessera.lib.suggest import nearest
from tickets import access, knowing
from tickets.search.entries import all_types
from tickets.search.scope import Scope

# What people write for these words.
_MEANT: Mapping[str, str] = {
    **dict.fromkeys(("me", "myself", "__me__", "currentuser"), "__CurrentUser__"),
    **dict.fromkeys(("unassigned", "none", "noone", "no one"), "Nobody"),
}
_KINDS_OF_STATUS = frozenset(map(fold, ("__Active__", "__Inactive__", "__Initial__")))


def warnings_of(tree: Node, scope: Scope) -> tuple[str, ...]:
    """A sentence for each name of what there is not, or the caller can't know of, and for what other languages mean by
    something else."""
    found = (
        told
        for term in terms(tree)
        for literal in literals_of(term)
        if (told := _told(term, literal, scope))
    )
    return tuple(dict.fromkeys(found))


def _told(term: Term, literal: str, scope: Scope) -> str | None:
    if term.op.positive in (Op.LIKE, Op.STARTSWITH, Op.ENDSWITH):
        return _pattern(term, literal)
    if term.op.positive not in (Op.EQ, Op.IN):
        return None
    if term.field.custom:
        return _choice(term, literal, scope)
    kind, name = FIELDS[term.field.name].kind, term.field.name
    if name == "TransactionType":
        return _type(term, literal, scope)
    judge = _JUDGES.get("Lifecycle" if name == "Lifecycle" else kind)
    return judge(term, literal, scope) if judge else None


def _pattern(term: Term, literal: str) -> str | None:
    """Other languages write `LIKE '%word%'`; whoever means per cent has a digit before it."""
    plain = literal.strip("%")
    if not plain or not (literal.startswith("%") or re.search(r"[^\d\s]%$", literal)):
        return None
    told = _("%% is a plain character, and LIKE means contains: write %(field)s LIKE '%(value)s'")
    return told % {"field": term.field.spelled, "value": plain[:100]}


def _choice(term: Term, literal: str, scope: Scope) -> str | None:
    """Of fields that offer choices alone, and that he is told of."""
    specs = [scope.config.fields[key] for key, _type in term.field.custom]
    told = knowing.fields(scope.actor)
    if not all(spec.values and spec.key in told for spec in specs):
        return None
    names = [value for spec in specs for value in spec.values]
    if not literal.strip() or fold(literal) in map(fold, names):
        return None
    return _missing(_("there is no choice '%s'"), literal, names)


def _type(_term: Term, literal: str, _scope: Scope) -> str | None:
    if fold(literal) in map(fold, all_types()):
        return None
    return _missing(_("there is no type of transaction '%s'"), literal, all_types())


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
    wanted, name = fold(literal), term.field.name
    if wanted in ("", CURRENT_USER, NOBODY):
        return None
    if part_of(term.field) != "Name":
        if "@" in literal:
            return None
        told = _("'%(value)s' is no e-mail address; for a username write %(field)s.Name")
        return told % {"value": literal[:100], "field": name}
    if scope.ids("Name", wanted) or not access.anywhere(scope.actor, "ModifyTicket"):
        return None
    if "@" in literal:
        told = _("there is no user '%(value)s'; for an e-mail address write %(field)s.EmailAddress")
        return told % {"value": literal[:100], "field": name}
    told = _("there is no user '%s'") % literal[:100]
    near = _MEANT.get(wanted)
    return told + _("; did you mean '%s'?") % near if near else told


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
