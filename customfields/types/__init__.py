"""The types of custom fields. A new one is a class, a line here and a test."""

from customfields.types.base import FieldType, ValueInvalid
from customfields.types.boolean import Boolean
from customfields.types.moments import Date, DateTime
from customfields.types.numbers import Decimal, Integer
from customfields.types.select import SelectMulti, SelectSingle
from customfields.types.text import Freeform, Text
from customfields.types.user import User
from customfields.types.web import URL, Email

__all__ = ["TYPES", "FieldType", "ValueInvalid"]

TYPES: dict[str, type[FieldType]] = {
    "Freeform": Freeform,
    "Text": Text,
    "SelectSingle": SelectSingle,
    "SelectMulti": SelectMulti,
    "Integer": Integer,
    "Decimal": Decimal,
    "Date": Date,
    "DateTime": DateTime,
    "Boolean": Boolean,
    "URL": URL,
    "Email": Email,
    "User": User,
}
