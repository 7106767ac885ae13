"""Fields that take exactly what they say: no number for text, no "1" for a number."""

from collections.abc import Callable
from typing import Any, NoReturn

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers

from tessera.lib import values
from tessera.lib.values import BadValue

# What JSONB and other readers of our JSON keep without loss.
_LARGEST = 2**63 - 1
_MOST_FAULTS = 100


def checked(read: Callable[..., Any], raw: object, **limits: Any) -> Any:
    """`read(raw, **limits)` of `tessera.lib.values`, its refusal as DRF wants it."""
    try:
        return read(raw, **limits)
    except BadValue as fault:
        raise serializers.ValidationError(str(fault)) from None


class Line(serializers.CharField):
    """One line of text; white space at its ends is cut off."""

    def __init__(self, *, max_length: int, **options: Any) -> None:
        super().__init__(max_length=max_length, **options)

    def to_internal_value(self, data: Any) -> str:
        """The stripped line."""
        text: str = checked(values.line, data, longest=self.max_length).strip()
        if not text and not self.allow_blank:
            self.fail("blank")
        return text


class Untaken:
    """Refuses what another row has in a field of the same name, whatever its case. A validator."""

    requires_context = True  # DRF gives the field too

    def __init__(self, rows: Callable[[], QuerySet[Any]]) -> None:
        self.rows = rows

    def __call__(self, value: str, field: serializers.Field[Any, Any, Any, Any]) -> None:
        """Raises ValidationError. The row that is changed may keep what it has."""
        rows = self.rows().filter(**{f"{field.field_name}__iexact": value})
        if (row := getattr(field.parent, "instance", None)) is not None:
            rows = rows.exclude(pk=row.pk)
        if value and rows.exists():
            raise serializers.ValidationError(_("“%(name)s” is taken") % {"name": value})


class Text(serializers.CharField):
    """Text of any number of lines, kept as it is."""

    def __init__(self, *, max_length: int, **options: Any) -> None:
        super().__init__(max_length=max_length, trim_whitespace=False, **options)

    def to_internal_value(self, data: Any) -> str:
        """The text."""
        text: str = checked(values.text, data, longest=self.max_length)
        return text


class Address(serializers.EmailField):
    """One e-mail address."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=254, **options)

    def to_internal_value(self, data: Any) -> str:
        """The address as it was written."""
        if data == "" and self.allow_blank:
            return ""
        address: str = checked(values.email, data)
        return address


class Choice(serializers.ChoiceField):
    """One of a few texts."""

    def to_internal_value(self, data: Any) -> Any:
        """The text."""
        if not isinstance(data, str):
            self.fail("invalid_choice", input=str(data)[:80])
        return super().to_internal_value(data)


class Number(serializers.IntegerField):
    """A whole number between two bounds."""

    def __init__(self, *, min_value: int, max_value: int, **options: Any) -> None:
        self._bounds = {"least": min_value, "most": max_value}
        super().__init__(min_value=min_value, max_value=max_value, **options)

    def to_internal_value(self, data: Any) -> int:
        """The number; `true`, 1.0 and "1" are none."""
        number: int = checked(values.integer, data, **self._bounds)
        return number


class Flag(serializers.BooleanField):
    """true or false and nothing else."""

    def to_internal_value(self, data: Any) -> bool:
        """The flag."""
        if not isinstance(data, bool):
            raise serializers.ValidationError(_("must be true or false"))
        return data


class Moment(serializers.DateTimeField):
    """A time in ISO 8601."""

    def to_internal_value(self, data: Any) -> Any:
        """The time in UTC."""
        return checked(values.moment, data)


class Reference(serializers.IntegerField):
    """The id of a row that exists. Its value is the id; it is looked up among `rows()`."""

    def __init__(self, *, rows: Callable[[], QuerySet[Any]] | None = None, **options: Any) -> None:
        self.rows = rows
        super().__init__(min_value=1, max_value=values.MAX_ID, **options)

    def to_internal_value(self, data: Any) -> int:
        """The id."""
        number: int = checked(values.identity, data)
        if self.rows is not None and not self.rows().filter(pk=number).exists():
            _unknown([number])
        return number


class References(serializers.ListField):
    """Ids of rows that exist, each once, in their order. One statement for all.

    Its `source` is a relation, of whose (prefetched) rows `attribute` is answered.
    """

    def __init__(
        self, *, rows: Callable[[], QuerySet[Any]], attribute: str = "pk", **options: Any
    ) -> None:
        self.rows, self.attribute = rows, attribute
        super().__init__(child=Reference(), max_length=1000, **options)

    def to_internal_value(self, data: Any) -> list[int]:
        """The ids."""
        checked(values.many, data, most=1000)
        ids: list[int] = super().to_internal_value(data)
        if len(set(ids)) != len(ids):
            raise serializers.ValidationError(_("names an id twice"))
        known = set(self.rows().filter(pk__in=ids).values_list("pk", flat=True)) if ids else set()
        if missing := [number for number in ids if number not in known]:
            _unknown(missing)
        return ids

    def to_representation(self, data: Any) -> list[int]:
        """The ids of the related rows."""
        return [getattr(row, self.attribute) for row in data.all()]


def _unknown(ids: list[int]) -> NoReturn:
    listed = ", ".join(str(number) for number in ids[:10])
    raise serializers.ValidationError(_("there is no such id: %(ids)s") % {"ids": listed})


class JSONObject(serializers.DictField):
    """A JSON object that the database can keep whole."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """The object as it came."""
        checked(values.mapping, data)
        storable(data)
        found: dict[str, Any] = data
        return found


class JSONList(serializers.ListField):
    """A JSON list that the database can keep whole."""

    def to_internal_value(self, data: Any) -> list[Any]:
        """The list as it came."""
        found: list[Any] = checked(values.many, data, most=10_000)
        storable(found)
        return found


class JSONValue(serializers.JSONField):
    """Any JSON that the database can keep whole."""

    def to_internal_value(self, data: Any) -> Any:
        """The value as it came."""
        storable(data)
        return data


def storable(raw: Any) -> None:
    """Refuse text and numbers inside of `raw` that JSONB has no place for, each at its place."""
    faults: dict[str, list[str]] = {}
    waiting: list[tuple[str, Any]] = [("", raw)]
    while waiting and len(faults) < _MOST_FAULTS:
        place, value = waiting.pop()
        if isinstance(value, dict):
            for name, member in value.items():
                inside = _below(place, name)
                _note(faults, inside, name)
                waiting.append((inside, member))
        elif isinstance(value, list):
            waiting += [(_below(place, number), member) for number, member in enumerate(value)]
        else:
            _note(faults, place, value)
    if faults:
        # What is wrong with the whole has no place below it.
        raise serializers.ValidationError(faults.get("") or faults)


def _note(faults: dict[str, list[str]], place: str, value: Any) -> None:
    told = ""
    if isinstance(value, str):
        try:
            values.text(value, longest=1_000_000)
        except BadValue as fault:
            told = str(fault)
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) > _LARGEST:
        told = _("holds a number of more than 64 bits")
    if told:
        faults.setdefault(place, []).append(told)


def _below(place: str, name: object) -> str:
    shown = str(name)[:64]
    return f"{place}.{shown}" if place else shown
