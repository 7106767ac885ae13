"""What an evaluation found, and the terms that decided it in words."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from django.utils.translation import gettext

from tessera.lib.query.compare import number
from tessera.lib.query.facts import Person
from tessera.lib.query.fields import PARTS
from tessera.lib.query.fold import fold
from tessera.lib.query.tree import FieldRef, Op, Term
from tessera.lib.query.vocabulary import part_of, table_field

_LONGEST = 60
_MOST = 5


@dataclass(frozen=True, slots=True)
class Step:
    """One term (or the log terms that one transaction has to fit) as it was evaluated.

    `seen` are the field's values; `wanted` is whether the query asks for the term or, under a NOT,
    for its negation.
    """

    terms: tuple[Term, ...]
    seen: tuple[object, ...]
    held: bool
    zone: tzinfo
    wanted: bool = True

    @property
    def fits(self) -> bool:
        """Whether it is as the query wants it."""
        return self.held == self.wanted

    @property
    def in_words(self) -> str:
        if is_log(self.terms[0]):
            return self._of_log()
        term = self.terms[0]
        words = {
            "field": label(term.field),
            "seen": self._seen(part_of(term.field)) or gettext("empty"),
            "wanted": demand(term),
        }
        if not self.fits:
            if self.wanted:
                return gettext("%(field)s was %(seen)s, needs %(wanted)s") % words
            return gettext("%(field)s was %(seen)s, needs not %(wanted)s") % words
        if not self.wanted:
            return gettext("%(field)s is %(seen)s (not %(wanted)s)") % words
        if self._says_it_all(term, words["seen"]):
            return gettext("%(field)s is %(seen)s") % words
        return gettext("%(field)s is %(seen)s (%(wanted)s)") % words

    def _of_log(self) -> str:
        found = gettext(" and ").join(f"{term.field.spelled} {demand(term)}" for term in self.terms)
        sentence = (
            gettext("a transaction has %s") if self.held else gettext("no transaction has %s")
        )
        return sentence % found

    def _seen(self, part: str) -> str:
        return listed([shown(value, part, self.zone) for value in self.seen])

    def _says_it_all(self, term: Term, seen: str) -> bool:
        if term.op in (Op.IS_NULL, Op.IS_NOT_NULL):
            return True
        exact = term.op is Op.EQ and isinstance(term.value, str)
        return exact and fold(seen) == fold(quoted(str(term.value)))


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the query holds, and the steps that decided it.

    Where it holds those are all that had to; where it does not, the first that failed, or every
    alternative that did. `because` says them in the language that is active when it is read.
    """

    holds: bool
    steps: tuple[Step, ...]

    @property
    def because(self) -> str:
        told = [step.in_words for step in self.steps[:_MOST]]
        if len(self.steps) > _MOST:
            told.append(gettext("%d more") % (len(self.steps) - _MOST))
        if not told:
            return gettext("there is nothing to compare")
        words = told[0]
        if (
            len(told) > 1
        ):  # a word that nobody reads is not looked up: of hundreds of rules this is told
            words = (gettext(" and ") if self.holds else gettext("; ")).join(told)
        return words[0].upper() + words[1:] if self.holds else words


def is_log(term: Term) -> bool:
    """Whether the term asks for some transaction of the log."""
    field = table_field(term.field)
    return field is not None and field.log


def label(ref: FieldRef) -> str:
    """The field as a sentence names it."""
    field = table_field(ref)
    if field is None:
        return ref.spelled
    return f"{field.words}.{ref.part}" if ref.part else str(field.words)


def demand(term: Term) -> str:
    """The operator and the value that it wants, as TicketSQL writes them."""
    if term.value is None:
        return term.op.value
    if isinstance(term.value, FieldRef):
        return f"{term.op.value} {term.value.spelled}"
    if isinstance(term.value, tuple):
        return f"{term.op.value} ({listed([quoted(value) for value in term.value])})"
    return f"{term.op.value} {quoted(term.value)}"


def shown(value: object, part: str, zone: tzinfo) -> str:
    """A value that was seen, as a sentence shows it."""
    if isinstance(value, Person):
        return quoted(getattr(value, PARTS[part]) or value.email)
    if isinstance(value, datetime):
        return f"{value.astimezone(zone):%Y-%m-%d %H:%M}"
    if isinstance(value, tuple):  # a queue's id or a status's kind, and its name
        return quoted(str(value[1]))
    return quoted(str(value))


def quoted(text: str) -> str:
    """Numbers as they are, other texts in quotes; a long one is cut."""
    if number(text) is not None:
        return text
    return f"'{text}'" if len(text) <= _LONGEST else f"'{text[:_LONGEST]}…'"


def listed(texts: list[str]) -> str:
    """The first few, and how many more."""
    more = [gettext("%d more") % (len(texts) - _MOST)] if len(texts) > _MOST else []
    return ", ".join([*texts[:_MOST], *more])
