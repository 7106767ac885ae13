"""Terms on the log: that some transaction which the caller may see fits all of them."""

from collections.abc import Sequence

from django.contrib.postgres.search import SearchQuery
from django.db.models import Exists, Q

from tessera.lib.query.fields import FIELDS, Kind
from tessera.lib.query.tree import FieldRef, Op, Term, literals_of
from tessera.lib.query.vocabulary import part_of
from tickets.access import on_ticket_of_row
from tickets.models import Message, Transaction
from tickets.search import people, plain
from tickets.search.entries import FOLDED, HAS_TEXT, all_types, message_id, visible
from tickets.search.pairs import agreement
from tickets.search.scope import Scope
from tickets.search.shapes import FEW_ENTRIES, FEW_TEXTS, Rows

_CONTENT = "Content"


def some_transaction(terms: Sequence[Term], scope: Scope, *, partly: bool = False) -> Rows:
    """The tickets with one transaction that fits all of the terms; or (`partly`) perhaps not all of them."""
    if all(_asks_text(term) for term in terms):
        return _some_text(terms, scope, partly=partly)
    rows = Transaction.objects.order_by().filter(visible(scope, _types(terms)))
    for term in terms:
        condition = _of_transaction(term, scope)
        rows = rows.filter(condition if term.op is term.op.positive else ~condition)
    few = None if any(term.field.name == _CONTENT for term in terms) else FEW_ENTRIES
    return Rows(rows, few=few, among=scope.watched)


def updated_by(op: Op, literals: Sequence[str], part: str, scope: Scope) -> Rows:
    """The tickets with a transaction of one of these people; of IS NULL, with any."""
    rows = Transaction.objects.order_by().filter(visible(scope, all_types()))
    if op is Op.IS_NULL:
        return Rows(rows)
    rows = rows.filter(people.named("creator_id", part, op, literals, scope))
    return Rows(rows, few=FEW_ENTRIES, among=scope.watched)


def _types(terms: Sequence[Term]) -> frozenset[str]:
    """The types that the terms leave: what can't be asked for need not be hidden."""
    left = frozenset(all_types())
    for term in terms:
        if term.field.name != "TransactionType" or isinstance(term.value, FieldRef):
            continue
        if term.op.positive is not Op.IS_NULL:
            fitting = frozenset(plain.fitting_of(left, term.op.positive, literals_of(term)))
            left = fitting if term.op is term.op.positive else left - fitting
    return left


def words(query: str) -> SearchQuery:
    """A full text query as people write them for search engines."""
    return SearchQuery(query, config="simple", search_type="websearch")


def _asks_text(term: Term) -> bool:
    """Whether the term asks for a text that is there, and for nothing else."""
    if term.field.name != _CONTENT or isinstance(term.value, FieldRef):
        return False
    return term.op is Op.IS_NOT_NULL or (term.op is term.op.positive and term.op is not Op.IS_NULL)


def _some_text(terms: Sequence[Term], scope: Scope, *, partly: bool) -> Rows:
    """The same where all of them ask for a text: the messages alone can tell. MATCHES asks the subject too."""
    rows = Message.objects.order_by()
    where = on_ticket_of_row(scope.actor, "ShowTicketComments")
    if where is not None:
        rows = rows.filter(Q(internal=False) if partly else Q(internal=False) | where)
    for term in terms:
        if term.op is not Op.IS_NOT_NULL:
            rows = rows.alias(folded=FOLDED).filter(_of_text(term))
    matching = [words(str(term.value)) for term in terms if term.op is Op.MATCHES]
    subject = Q()
    if len(matching) == len(terms):
        for query in matching:
            subject &= Q(subject_words=query)
    few = FEW_TEXTS if matching else None
    return Rows(rows, besides=subject, few=few, sliced=bool(matching), among=scope.watched)


def _of_text(term: Term) -> Q:
    """Of a row of `Message`, with its `folded` text: the positive operator."""
    op, literals = term.op.positive, literals_of(term)
    if op is Op.MATCHES:
        return Q(words=words(literals[0]))
    return plain.text("folded", op, literals)


def _of_transaction(term: Term, scope: Scope) -> Q:
    """Of a row of `Transaction`: the positive operator."""
    op, literals, name = term.op.positive, literals_of(term), term.field.name
    if isinstance(term.value, FieldRef):
        return agreement(term, scope, of_log=True)
    if op is Op.IS_NULL:
        # Only a text can be missing.
        return ~HAS_TEXT if name == _CONTENT else plain.nothing()
    if name == _CONTENT:
        rows = Message.objects.alias(folded=FOLDED).filter(_of_text(term), pk=message_id())
        found = Q(Exists(rows))
        return found | Q(ticket__subject_words=words(literals[0])) if op is Op.MATCHES else found
    if name == "TransactionType":
        return plain.one_of("type", all_types(), op, literals)
    if FIELDS[name].kind is Kind.DATE:
        return plain.moments("created_at", op, literals, scope)
    return people.named("creator_id", part_of(term.field), op, literals, scope)
