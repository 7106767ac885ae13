"""What a definition of a custom field may say."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from customfields import keys
from customfields.models import CustomField
from customfields.patterns import compiled
from customfields.spec import MOST_VALUES, FieldSpec, Vocabulary, check, to_json
from customfields.types import TYPES
from customfields.types.select import LONGEST_CHOICE
from tessera.lib import values as read
from tessera.lib.errors import Invalid
from tessera.lib.query.fold import fold
from tessera.lib.suggest import nearest
from tessera.lib.values import BadValue

MOST_CHOICES = 1_000
LONGEST_NAME = 100
LONGEST_PATTERN = 500
LONGEST_HELP = 500

# For a default whose user is looked up only when a ticket takes it.
_ANYBODY = Vocabulary(user_exists=lambda name: name)


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
    definition = _Definition(values, instance, vocabulary or _ANYBODY)
    if definition.errors:
        raise Invalid(definition.errors)
    return definition.found


def validate_definition(
    values: Mapping[str, object],
    *,
    instance: CustomField | None = None,
    vocabulary: Vocabulary | None = None,
) -> dict[str, list[str]]:
    """The faults that `clean` would raise, by attribute; none where the definition is sound."""
    return _Definition(values, instance, vocabulary or _ANYBODY).errors


class _Definition:
    """One reading of a definition: what was `found`, and the `errors`."""

    def __init__(
        self, given: Mapping[str, object], instance: CustomField | None, vocabulary: Vocabulary
    ) -> None:
        self._given, self._instance, self._vocabulary = given, instance, vocabulary
        self.found: dict[str, Any] = {}
        self.errors: dict[str, list[str]] = {}
        # Each reads what those before it found: the order matters.
        self._take("name", _name)
        self._take("field_type", self._field_type)
        self._take("key", self._key)
        self._take("values", self._choices)
        self._take("max_values", self._max_values)
        self._take("pattern", _pattern)
        self._take("required", _flag)
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

    def _choices(self, raw: object) -> list[str]:
        choices = _distinct(read.many(raw, most=MOST_CHOICES))
        field_type = TYPES.get(self.found.get("field_type", ""))
        if field_type is not None and field_type.has_choices and not choices:
            raise BadValue(_("must have one choice at least"))
        if field_type is not None and not field_type.has_choices and choices:
            raise BadValue(_("only SelectSingle and SelectMulti have choices"))
        return choices

    def _max_values(self, raw: object) -> int:
        if raw is None and "max_values" not in self._given:
            field_type = TYPES.get(self.found.get("field_type", ""))
            return field_type.max_values if field_type is not None else 1
        return read.integer(raw, least=0, most=MOST_VALUES)

    def _default(self, raw: object) -> Any:
        if not {"field_type", "values", "max_values", "pattern"} <= self.found.keys():
            return None  # the faults above come first: without them there is nothing to judge by
        if self._given.keys().isdisjoint({"default", "values", "max_values", "pattern"}):
            return raw  # a default whose user has left is no reason to refuse another name
        spec = FieldSpec(
            id=0,
            key=self.found.get("key", ""),
            name=self.found.get("name", ""),
            field_type=self.found["field_type"],
            values=tuple(self.found["values"]),
            max_values=self.found["max_values"],
            pattern=self.found["pattern"],
            required=False,
            default=None,
            help_text="",
        )
        return to_json(spec, check(spec, raw, self._vocabulary))


# What an attribute is where nothing says otherwise; "" for the rest, which decide for themselves.
_ABSENT: Mapping[str, object] = {
    "values": [],
    "max_values": None,
    "required": False,
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


def _distinct(members: list[Any]) -> list[str]:
    choices: dict[str, str] = {}
    for place, member in enumerate(members, 1):
        try:
            choice = read.line(member, longest=LONGEST_CHOICE).strip()
        except BadValue as fault:
            raise BadValue(
                _("choice %(place)d %(fault)s") % {"place": place, "fault": fault}
            ) from None
        if not choice:
            raise BadValue(_("choice %(place)d is empty") % {"place": place})
        if fold(choice) in choices:
            raise BadValue(_("“%(choice)s” stands twice") % {"choice": choice})
        choices[fold(choice)] = choice
    return list(choices.values())
