"""The order of a list, and the rows that come after given values in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, Q
from django.db.models.expressions import OrderBy
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from tessera.lib.values import BadValue


@dataclass(frozen=True, slots=True)
class Term:
    """One column of an order, and which way. Nullable columns need more words in SQL."""

    column: str
    descending: bool
    nullable: bool

    @property
    def text(self) -> str:
        """`column`, or `-column` downwards."""
        return f"-{self.column}" if self.descending else self.column

    def reversed(self) -> "Term":
        """The same column the other way."""
        return Term(self.column, not self.descending, self.nullable)

    def sort(self) -> OrderBy:
        """For order_by. Nulls stand last upwards and first downwards, as in PostgreSQL's indexes."""
        return F(self.column).desc() if self.descending else F(self.column).asc()

    def unaided(self) -> OrderBy:
        """The same in words that no index has: the planner then fetches all that fits, and sorts it."""
        column = Coalesce(self.column, self.column)
        return column.desc() if self.descending else column.asc()


@dataclass(frozen=True, slots=True)
class Orders:
    """What a list may be ordered by: names in the API → columns. Every order ends in the unique id.

    `ties` are the columns by which rows stand that are equal in a column, upwards, as the column's index has them:
    `{"status": "-updated_at,id"}`. Without, and behind several, it is the id alone. `unsaid` are names that a refusal
    leaves out.
    """

    columns: Mapping[str, str]
    default: str
    nullable: frozenset[str] = frozenset()
    ties: Mapping[str, str] = field(default_factory=dict)
    unsaid: frozenset[str] = frozenset()

    def parse(self, text: str) -> tuple[Term, ...]:
        """The order in `text`, such as `-updated_at,id`. Raises BadValue."""
        terms: list[Term] = []
        for part in text.split(","):
            name = part.strip().removeprefix("-")
            column = self.columns.get(name)
            if column is None or column in {term.column for term in terms}:
                raise BadValue(self._refusal(name))
            terms.append(Term(column, part.strip().startswith("-"), name in self.nullable))
        if len(terms) == 1:
            terms += self._ties(text.strip().removeprefix("-"), turned=terms[0].descending)
        if not any(term.column == "pk" for term in terms):
            terms.append(Term("pk", descending=False, nullable=False))
        return tuple(terms)

    def _ties(self, name: str, *, turned: bool) -> list[Term]:
        parts = self.ties[name].split(",") if name in self.ties else ()
        columns = [(self.columns[part.removeprefix("-")], part.startswith("-")) for part in parts]
        return [Term(column, down is not turned, nullable=False) for column, down in columns]

    def _refusal(self, name: str) -> str:
        known = ", ".join(name for name in self.columns if name not in self.unsaid)
        return _("“%(name)s” is no order here, or stands in it twice; there are %(known)s") % {
            "name": name[:80],
            "known": known,
        }


BY_ID = Orders({"id": "pk"}, default="id")
NEWEST_FIRST = Orders({"id": "pk"}, default="-id")


def beyond(terms: Sequence[Term], values: Sequence[Any]) -> Q:
    """The rows after `values` in that order: `a > x OR (a = x AND (b > y OR …))`."""
    condition: Q | None = None
    for term, value in reversed(list(zip(terms, values, strict=True))):
        after = _after(term, value)
        if condition is None:
            condition = after
            continue
        name, equal = (f"{term.column}__isnull", True) if value is None else (term.column, value)
        tie = Q(**{name: equal}) & condition
        condition = tie if after is None else after | tie
    assert condition is not None  # noqa: S101  # every order ends in the id, which is never null
    first, value = terms[0], values[0]
    if value is not None and not (first.nullable and not first.descending):
        # What an index can start from: the OR alone would be a filter over all rows.
        condition &= Q(**{f"{first.column}__{'lte' if first.descending else 'gte'}": value})
    return condition


def bands(terms: Sequence[Term], values: Sequence[Any]) -> list[Q]:
    """The same rows in as many parts as there are columns, in their order: each a range of an index on them."""
    found: list[Q] = []
    for place in reversed(range(len(terms))):
        after = _after(terms[place], values[place])
        if after is not None:
            for term, value in zip(terms[:place], values[:place], strict=True):
                after &= Q(
                    **({f"{term.column}__isnull": True} if value is None else {term.column: value})
                )
            found.append(after)
    return found


def _after(term: Term, value: Any) -> Q | None:
    if value is None:
        return Q(**{f"{term.column}__isnull": False}) if term.descending else None
    after = Q(**{f"{term.column}__{'lt' if term.descending else 'gt'}": value})
    if term.nullable and not term.descending:
        after |= Q(**{f"{term.column}__isnull": True})
    return after
