"""What a definition of a custom field may say."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from customfields import keys, neighbours
from customfields.choices import Choice, Given, details_of, read_choices, read_values, stored
from customfields.models import CustomField
from customfields.patterns import compiled
from customfields.spec import ANYBODY, MOST_VALUES, FieldSpec, Vocabulary, check, to_json
from customfields.types import TYPES, ValueInvalid
from tessera.lib import values as read
from tessera.lib.errors import Invalid
from tessera.lib.suggest import nearest
from tessera.lib.values import BadValue

LONGEST_NAME = 100
LONGEST_PATTERN = 500
LONGEST_HELP = 500


def clean(
    values: Mapping[str, object],
    instance: CustomField | None = None,
    *,
    vocabulary: Vocabulary | None = None,
) -> dict[str, Any]:
    """The definition's attributes, complete and normalised: those given, else the instance's, else defaults.

    A missing or blank key is made from the name. The users that a default names are looked up only in
    a given vocabulary. Attributes that are no part of a definition (`queue_ids`) are the caller's.
    Raises `Invalid` with every fault by its attribute. Two who take one key at the same time are told
    apart by the database's unique key alone.
    """
    return judge(values, instance, vocabulary=vocabulary).found


@dataclass(frozen=True, slots=True)
class Judged:
    """A sound definition: the row's attributes, and by their old names the choices that were renamed."""

    found: dict[str, Any]
    renamed: Mapping[str, str]


def judge(
    values: Mapping[str, object],
    instance: CustomField | None = None,
    *,
    vocabulary: Vocabulary | None = None,
) -> Judged:
    """As `clean`, with what other fields have to follow."""
    definition = _Definition(values, instance, vocabulary or ANYBODY)
    if definition.errors:
        raise Invalid(definition.errors)
    return Judged(definition.found, definition.renamed)


def followed(row: CustomField, controller: str, renamed: Mapping[str, str]) -> bool:
    """Let a field follow the choices that were renamed in the field that controls it; whether that changed it.

    The old names stay beside the new ones: tickets may have them still.
    """
    before = (row.choice_details, row.show_when)
    if row.depends_on == controller:
        choices = [replace(c, when=_with_new(c.when, renamed)) for c in row.choices]
        row.choice_details = details_of(choices)
    if row.show_when and row.show_when["field"] == controller:
        row.show_when = {**row.show_when, "values": [*_with_new(row.show_when["values"], renamed)]}
    return before != (row.choice_details, row.show_when)


def _with_new(values: Iterable[Any], renamed: Mapping[str, str]) -> tuple[Any, ...]:
    """Each renamed value with its new name behind it, none twice."""
    pairs = ((value, renamed.get(value, value)) for value in values)
    return tuple(dict.fromkeys(value for pair in pairs for value in pair))


def validate_definition(
    values: Mapping[str, object],
    *,
    instance: CustomField | None = None,
    vocabulary: Vocabulary | None = None,
) -> dict[str, list[str]]:
    """The faults that `clean` would raise, by attribute; none where the definition is sound."""
    return _Definition(values, instance, vocabulary or ANYBODY).errors


class _Definition:
    """One reading of a definition: what was `found`, and the `errors`."""

    def __init__(
        self, given: Mapping[str, object], instance: CustomField | None, vocabulary: Vocabulary
    ) -> None:
        self._given, self._instance, self._vocabulary = given, instance, vocabulary
        self.found: dict[str, Any] = {}
        self.errors: dict[str, list[str]] = {}
        self.renamed: Mapping[str, str] = {}
        # Each reads what those before it found: the order matters.
        self._take("name", _name)
        self._take("field_type", self._field_type)
        self._take("key", self._key)
        self._take("depends_on", self._depends_on)
        self._take("show_when", self._show_when)
        self._take_choices()
        self._take("indexed", self._indexed)
        self._take("max_values", self._max_values)
        self._take("pattern", _pattern)
        self._take("pattern_message", lambda raw: read.line(raw, longest=LONGEST_HELP).strip())
        self._take("minimum", self._bound)
        self._take("maximum", self._maximum)
        self._take("required", _flag)
        self._take("for_customers", _flag)
        self._take("help_text", lambda raw: read.text(raw, longest=LONGEST_HELP))
        self._take("default", self._default)

    def _take(self, name: str, reader: Callable[[Any], Any]) -> None:
        try:
            self.found[name] = reader(self._raw(name))
        except BadValue as fault:
            self.errors[name] = [str(fault)]

    def _raw(self, name: str) -> object:
        if name in self._given:
            return self._given[name]
        if self._instance is not None:
            return getattr(self._instance, name)
        return _ABSENT.get(name, "")

    def _field_type(self, raw: object) -> str:
        if raw == "":
            raise BadValue(_("is required"))
        if not isinstance(raw, str):
            raise BadValue(_("must be text"))
        if raw not in TYPES:
            near = nearest(raw, TYPES) or ", ".join(TYPES)
            raise BadValue(
                _("no type “%(type)s”; did you mean %(near)s?") % {"type": raw[:80], "near": near}
            )
        if self._instance is not None and raw != self._instance.field_type:
            raise BadValue(_("never changes; make another field instead"))
        return raw

    def _key(self, raw: object) -> str:
        if self._instance is not None:
            if raw != self._instance.key:
                raise BadValue(_("never changes; make another field instead"))
            return self._instance.key
        return keys.of_name(self.found.get("name", "")) if raw == "" else keys.free(raw)

    def _take_choices(self) -> None:
        """By whichever name they came; both at once could contradict one another."""
        if {"values", "choices"} <= self._given.keys():
            self.errors["choices"] = [_("give either values or choices, not both")]
            return
        name = "choices" if "choices" in self._given else "values"
        try:
            given = self._choices(name)
            self.renamed = given.renamed
            self.found["values"] = [choice.value for choice in given.choices]
            self.found["choice_details"] = details_of(given.choices)
        except BadValue as fault:
            self.errors[name] = [str(fault)]

    def _choices(self, name: str) -> Given:
        held = () if self._instance is None else self._instance.choices
        if self._instance is not None and name not in self._given:
            given = Given(held, {})
        else:
            given = (read_choices if name == "choices" else read_values)(self._raw(name), held)
        field_type = TYPES.get(self.found.get("field_type", ""))
        if field_type is not None and field_type.has_choices and not given.choices:
            raise BadValue(_("must have one choice at least"))
        if field_type is not None and not field_type.has_choices and given.choices:
            raise BadValue(_("only SelectSingle and SelectMulti have choices"))
        touched = not self._given.keys().isdisjoint({"choices", "depends_on"})
        return self._under_the_parent(given) if touched else given

    def _under_the_parent(self, given: Given) -> Given:
        """Each choice with the values of the parent in the parent's spelling; without a parent there are none."""
        if "depends_on" not in self.found:
            return given  # the fault above comes first
        parent = self._neighbours.get(self.found["depends_on"])
        if parent is None:
            if "choices" in self._given and any(choice.when for choice in given.choices):
                raise BadValue(_("are offered always, unless depends_on names a field"))
            return replace(given, choices=tuple(replace(c, when=()) for c in given.choices))
        spec = FieldSpec.of(parent)
        return replace(given, choices=tuple(_under(spec, c) for c in given.choices))

    def _max_values(self, raw: object) -> int:
        if raw is None and "max_values" not in self._given:
            field_type = TYPES.get(self.found.get("field_type", ""))
            return field_type.max_values if field_type is not None else 1
        most = read.integer(raw, least=0, most=MOST_VALUES)
        if self.found.get("indexed") and most != 1:
            given = self._given.get("indexed") is True
            if given:
                self.errors["indexed"] = [_("only a field that takes one value can be indexed")]
            else:
                raise BadValue(
                    _("must stay 1 while the field is indexed: an index holds one value")
                )
        return most

    def _indexed(self, raw: object) -> bool:
        indexed = _flag(raw)
        if indexed and self.found.get("field_type") == "Text":
            raise BadValue(_("a text of many lines can't be indexed"))
        return indexed

    def _bound(self, raw: object) -> Any:
        if raw is None or raw == "":
            return None
        field_type = TYPES.get(self.found.get("field_type", ""))
        if field_type is None:
            return None  # the fault above comes first
        if not field_type.has_bounds:
            bounded = ", ".join(name for name, each in TYPES.items() if each.has_bounds)
            raise BadValue(_("only these types have bounds: %(types)s") % {"types": bounded})
        return field_type.parse(self._spec(), raw, ANYBODY)

    def _maximum(self, raw: object) -> Any:
        most, least = self._bound(raw), self.found.get("minimum")
        if most is not None and least is not None:
            order = TYPES[self.found["field_type"]].order
            if order(most) < order(least):
                raise BadValue(_("is less than the minimum, %(least)s") % {"least": least})
        return most

    def _default(self, raw: object) -> Any:
        if not self.found.keys() >= _JUDGES:
            return None  # the faults above come first: without them there is nothing to judge by
        if self._given.keys().isdisjoint({"default", "choices", *_JUDGES}):
            return raw  # a default whose user has left is no reason to refuse another name
        if "default" not in self._given and self.renamed:
            members = raw if isinstance(raw, list) else [raw]
            raw = [self.renamed.get(str(member), member) for member in members]
        spec = self._spec()
        return to_json(spec, check(spec, raw, self._vocabulary))

    def _spec(self) -> FieldSpec:
        """The definition as far as it is found, to read values by."""
        found = self.found
        return FieldSpec(
            id=0,
            key=found.get("key", ""),
            name=found.get("name", ""),
            field_type=found["field_type"],
            values=tuple(found.get("values", ())),
            details=stored(found.get("values", ()), found.get("choice_details", {})),
            max_values=found.get("max_values", 1),
            pattern=found.get("pattern", ""),
            pattern_message=found.get("pattern_message", ""),
            minimum=found.get("minimum"),
            maximum=found.get("maximum"),
            required=False,
            default=None,
            help_text="",
        )

    @cached_property
    def _neighbours(self) -> neighbours.Neighbours:
        return neighbours.Neighbours(self._instance)

    def _depends_on(self, raw: object) -> str:
        if raw is None or raw == "":
            return ""
        if "depends_on" not in self._given:
            return str(raw)
        field_type = TYPES.get(self.found.get("field_type", ""))
        if field_type is not None and not field_type.has_choices:
            raise BadValue(_("only SelectSingle and SelectMulti can depend on another field"))
        parent = self._neighbours.named(raw)
        if not TYPES[parent.field_type].has_choices:
            raise BadValue(_("“%(key)s” has no choices") % {"key": parent.key})
        return parent.key

    def _show_when(self, raw: object) -> dict[str, Any] | None:
        if raw is None or raw == "" or "show_when" not in self._given:
            return raw or None  # type: ignore[return-value]  # as the row has it
        return self._neighbours.show_when(raw)


# What a default is judged by.
_JUDGES = {
    *("field_type", "values", "max_values", "pattern", "minimum", "maximum"),
}

# What an attribute is where nothing says otherwise; "" for the rest, which decide for themselves.
_ABSENT: Mapping[str, object] = {
    "values": [],
    "max_values": None,
    "minimum": None,
    "maximum": None,
    "indexed": False,
    "required": False,
    "for_customers": False,
    "default": None,
}


def _name(raw: object) -> str:
    name = read.line(raw, longest=LONGEST_NAME).strip()
    if not name:
        raise BadValue(_("is required"))
    return name


def _flag(raw: object) -> bool:
    if not isinstance(raw, bool):
        raise BadValue(_("must be true or false"))
    return raw


def _pattern(raw: object) -> str:
    pattern = read.line(raw, longest=LONGEST_PATTERN)
    if pattern:
        compiled(pattern)
    return pattern


def _under(parent: FieldSpec, choice: Choice) -> Choice:
    """The choice with its conditions as the parent spells them. Raises `BadValue`."""
    when = []
    for value in choice.when:
        try:
            when.append(TYPES[parent.field_type].parse(parent, value, ANYBODY))
        except ValueInvalid as fault:
            words = {"choice": choice.value, "parent": parent.name, "fault": fault}
            raise BadValue(
                _("“%(choice)s” is offered under a value of %(parent)s: %(fault)s") % words
            ) from None
    return replace(choice, when=tuple(dict.fromkeys(when)))
