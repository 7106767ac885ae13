"""Tests that Django has no lookup for, as expressions of fixed text whose values are parameters."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, DecimalField, Expression, Func, TextField, Value
from django.db.models.fields.json import KeyTransform
from django.db.models.sql.compiler import SQLCompiler

from tessera.lib.query.tree import Op

# What stands for the value seen and for the value wanted, in the order of folded text: that of its characters.
_OF_TEXT: Mapping[Op, str] = {
    Op.EQ: "%s = %s",
    Op.LT: '%s COLLATE "C" < %s',
    Op.LE: '%s COLLATE "C" <= %s',
    Op.GT: '%s COLLATE "C" > %s',
    Op.GE: '%s COLLATE "C" >= %s',
    Op.LIKE: "strpos(%s, %s) > 0",
    Op.STARTSWITH: "starts_with(%s, %s)",
    Op.ENDSWITH: "starts_with(reverse(%s), reverse(%s))",
}
_PLAINLY: Mapping[Op, str] = {
    Op.EQ: "%s = %s",
    Op.LT: "%s < %s",
    Op.LE: "%s <= %s",
    Op.GT: "%s > %s",
    Op.GE: "%s >= %s",
}
_OF_NUMBERS: Mapping[Op, str] = {
    Op.EQ: "%s::numeric = %s::numeric",
    Op.LT: "%s::numeric < %s::numeric",
    Op.LE: "%s::numeric <= %s::numeric",
    Op.GT: "%s::numeric > %s::numeric",
    Op.GE: "%s::numeric >= %s::numeric",
}


class Numeric(Func):
    """A number from its text."""

    template = "(%(expressions)s)::numeric"
    output_field = DecimalField()


class AnyElement(Expression):
    """Whether some element of a custom field's folded values stands in all of these relations.

    `wanted` are pairs of an operator and a text, or (`numbers`) what PostgreSQL reads as a number.
    """

    output_field = BooleanField()
    conditional = True

    def __init__(
        self, key: str, wanted: Sequence[tuple[Op, Any]], *, numbers: bool = False
    ) -> None:
        super().__init__(output_field=BooleanField())
        self.array: Any = KeyTransform(key, "search_fields")
        self.values: list[Any] = [Value(value) for _op, value in wanted]
        tests = _OF_NUMBERS if numbers else _OF_TEXT
        self.tests = tuple(tests[op] for op, _value in wanted)

    def get_source_expressions(self) -> list[Any]:
        return [self.array, *self.values]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        self.array, *self.values = exprs

    def as_sql(
        self,
        compiler: SQLCompiler,
        connection: BaseDatabaseWrapper,  # noqa: ARG002  # Django's signature
        *_: Any,
        **__: Any,
    ) -> tuple[str, tuple[Any, ...]]:
        """The subquery over the elements."""
        array, parameters = compiler.compile(self.array)
        found = list(parameters)
        tests: list[str] = []
        for test, value in zip(self.tests, self.values, strict=True):
            sql, given = compiler.compile(value)
            tests.append(test % ("e.v", sql))
            found += given
        text = f"EXISTS (SELECT FROM jsonb_array_elements_text({array}) AS e(v) WHERE {' AND '.join(tests)})"  # fixed
        return text, tuple(found)


class Array(Func):
    """An array of single values."""

    template = "ARRAY[%(expressions)s]"
    output_field = ArrayField(TextField())


class Joined(Func):
    """Arrays, one after the other."""

    template = "(%(expressions)s)"
    arg_joiner = " || "
    output_field = ArrayField(TextField())


class Elements(Func):
    """All values of a custom field, read by PostgreSQL as `read` says: `%s` stands for one of them."""

    output_field = ArrayField(TextField())

    def __init__(self, array: Any, read: str, *zone: str) -> None:
        super().__init__(array, *map(Value, zone))
        self.read = read

    def as_sql(
        self,
        compiler: SQLCompiler,
        connection: BaseDatabaseWrapper,  # noqa: ARG002  # Django's signature
        *_: Any,
        **__: Any,
    ) -> tuple[str, tuple[Any, ...]]:
        """The subquery over the elements."""
        array, *more = self.get_source_expressions()
        sql, parameters = compiler.compile(array)
        given = [compiler.compile(value) for value in more]
        read = self.read % ("e.v", *(text for text, _values in given))
        found = [value for _text, values in given for value in values]
        return f"ARRAY(SELECT {read} FROM jsonb_array_elements_text({sql}) AS e(v))", (  # noqa: S608  # fixed
            *found,
            *parameters,
        )


class Related(Func):
    """Whether the left value (or some of it) stands in that relation to (some of) the right one. Never null."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, op: Op, left: Any, right: Any, *, several: bool, text: bool) -> None:
        super().__init__(left, right, output_field=BooleanField())
        self.test = (_OF_TEXT if text else _PLAINLY)[op]
        self.several = several

    def as_sql(
        self,
        compiler: SQLCompiler,
        connection: BaseDatabaseWrapper,  # noqa: ARG002  # Django's signature
        *_: Any,
        **__: Any,
    ) -> tuple[str, tuple[Any, ...]]:
        """The test, of arrays over all pairs of their members."""
        left, right = (compiler.compile(one) for one in self.get_source_expressions())
        found = [*left[1], *right[1]]
        if not self.several:
            return f"(({self.test % (left[0], right[0])}) IS TRUE)", tuple(found)
        test = self.test % ("l.v", "r.v")
        pairs = f"unnest({left[0]}) AS l(v), unnest({right[0]}) AS r(v)"
        return f"EXISTS (SELECT FROM {pairs} WHERE {test})", tuple(found)  # fixed
