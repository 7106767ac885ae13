"""What a custom field takes, without its row: the form in which definitions travel between rooms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, Self

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customfields.choices import Choice
from customfields.models import CustomField
from customfields.patterns import compiled
from customfields.types import TYPES, ValueInvalid

MOST_VALUES = 1_000
# PostgreSQL's index takes 2,700 bytes, and a character folds to six at most.
LONGEST_INDEXED = 400


@dataclass(frozen=True, slots=True)
class ShowWhen:
    """The field takes a value only while the field `field` has one of these canonical values."""

    field: str
    values: tuple[Any, ...]

    @classmethod
    def of(cls, stored_json: Mapping[str, Any] | None) -> Self | None:
        """From the row's JSON."""
        return cls(stored_json["field"], tuple(stored_json["values"])) if stored_json else None


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """The definition of one custom field. `max_values` 0 is any number up to 1,000.

    `details` are the choices that are more than a text; `minimum` and `maximum` are canonical values, both
    included. `depends_on` is the key of the parent field, under whose values the choices are offered.
    """

    id: int
    key: str
    name: str
    field_type: str
    values: tuple[str, ...]
    max_values: int
    pattern: str
    required: bool
    default: Any
    help_text: str
    details: tuple[Choice, ...] = ()
    minimum: Any = None
    maximum: Any = None
    pattern_message: str = ""
    depends_on: str = ""
    show_when: ShowWhen | None = None
    indexed: bool = False
    for_customers: bool = False

    @classmethod
    def of(cls, model: CustomField) -> Self:
        """The row's definition."""
        return cls(
            id=model.pk,
            key=model.key,
            name=model.name,
            field_type=model.field_type,
            values=tuple(model.values),
            max_values=model.max_values,
            pattern=model.pattern,
            required=model.required,
            default=model.default,
            help_text=model.help_text,
            details=tuple(c for c in model.choices if c.value in model.choice_details),
            minimum=model.minimum,
            maximum=model.maximum,
            pattern_message=model.pattern_message,
            depends_on=model.depends_on,
            show_when=ShowWhen.of(model.show_when),
            indexed=model.indexed,
            for_customers=model.for_customers,
        )

    @property
    def several(self) -> bool:
        """Whether a ticket may have more than one value."""
        return self.max_values != 1

    @property
    def choices(self) -> tuple[Choice, ...]:
        """All choices in their order, those that are disabled included."""
        known = {choice.value: choice for choice in self.details}
        return tuple(known.get(value) or Choice(value) for value in self.values)

    @property
    def offered(self) -> tuple[Choice, ...]:
        """Those that can be newly set, under whichever value of the parent."""
        return tuple(choice for choice in self.choices if not choice.disabled)

    def choice(self, value: str) -> Choice | None:
        """The choice of exactly that value; None for one that was taken out of the list."""
        detail = next((choice for choice in self.details if choice.value == value), None)
        return detail or (Choice(value) if value in self.values else None)

    @property
    def controllers(self) -> tuple[str, ...]:
        """The keys of the fields on whose values it depends what this one takes."""
        named = (self.depends_on, self.show_when.field if self.show_when else "")
        return tuple(dict.fromkeys(key for key in named if key))


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What values may speak of. `user_exists` gives a user's own spelling of the username, or None."""

    user_exists: Callable[[str], str | None]


# Where users are looked up only when a ticket takes the value.
ANYBODY = Vocabulary(user_exists=lambda name: name)


def check(
    spec: FieldSpec, raw: object, vocabulary: Vocabulary, *, held: Sequence[Any] = ()
) -> tuple[Any, ...]:
    """The canonical values, each once, in the order they came; none for null, blank text and [].

    `raw` is a value or a list of them, whose blank members count for nothing. What `check` gave it
    takes again and gives unchanged. Of what is `held` already, each value is taken back whatever the
    definition has become since, and all of it together however many there are. Raises `ValueInvalid`.
    """
    members = list(raw) if isinstance(raw, list | tuple) else [raw]
    given = [member for member in members if not _blank(member)]
    if given and same(given, held):
        return tuple(held)
    if len(given) > (MOST_VALUES if spec.several else 1):
        raise _too_many(spec)
    kept = {(type(value), value) for value in held}
    # Members of one list are of one type, so that 1 and true never meet here.
    found = tuple(dict.fromkeys(_read(spec, member, vocabulary, kept) for member in given))
    if spec.several and 0 < spec.max_values < len(found):
        raise _too_many(spec)
    _admit(spec, [value for value in found if (type(value), value) not in kept])
    return found


def same(given: Sequence[Any], held: Sequence[Any]) -> bool:
    """Whether both are the same values in the same order, of the same kind: true is not 1."""
    return len(given) == len(held) and all(
        type(one) is type(other) and one == other for one, other in zip(given, held, strict=True)
    )


def to_json(spec: FieldSpec, values: tuple[Any, ...]) -> Any:
    """A value, a list where the field takes several, or None where there is none."""
    if not values:
        return None
    # A field that once took several may hold them still: to show one alone would hide the others.
    return list(values) if spec.several or len(values) > 1 else values[0]


def _read(spec: FieldSpec, member: Any, vocabulary: Vocabulary, kept: Set[tuple[type, Any]]) -> Any:
    scalar = isinstance(member, str | int | float)
    if scalar and (type(member), member) in kept:
        return member
    return TYPES[spec.field_type].parse(spec, member, vocabulary)


def _admit(spec: FieldSpec, values: Sequence[Any]) -> None:
    """Refuse canonical values that the definition does not let in anew."""
    gone = {choice.value for choice in spec.details if choice.disabled}
    for value in values:
        if spec.indexed and isinstance(value, str) and len(value) > LONGEST_INDEXED:
            told = _("an indexed field takes at most %(most)d characters")
            raise ValueInvalid(told % {"most": LONGEST_INDEXED})
        if value in gone:
            raise ValueInvalid(_("“%(value)s” is no longer offered") % {"value": value})
        _within(spec, value)
        if spec.pattern:
            _match(spec, value)


def _blank(raw: object) -> bool:
    return raw is None or (isinstance(raw, str) and not raw.strip())


def _too_many(spec: FieldSpec) -> ValueInvalid:
    most = spec.max_values or MOST_VALUES
    return ValueInvalid(
        ngettext("takes one value", "takes at most %(most)d values", most) % {"most": most}
    )


def _within(spec: FieldSpec, value: Any) -> None:
    order = TYPES[spec.field_type].order
    if spec.minimum is not None and order(value) < order(spec.minimum):
        raise ValueInvalid(_("must be at least %(least)s") % {"least": spec.minimum})
    if spec.maximum is not None and order(value) > order(spec.maximum):
        raise ValueInvalid(_("must be at most %(most)s") % {"most": spec.maximum})


def _match(spec: FieldSpec, value: object) -> None:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if compiled(spec.pattern).found_in(text):
        return
    if spec.pattern_message:
        raise ValueInvalid(spec.pattern_message)
    # Who fills in a form, customers too, reads no expressions: the field's page tells it to who may open it.
    told = _("“%(value)s” is not in the form that is asked for") % {"value": text[:80]}
    raise ValueInvalid(f"{told}: {spec.help_text}" if spec.help_text else told)
