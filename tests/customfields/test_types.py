"""What each type takes, what it makes of it, and what it refuses."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customfields.spec import check
from customfields.types import TYPES, ValueInvalid
from tessera.lib.query.compare import number
from tessera.lib.query.fields import CUSTOM_KINDS
from tests.customfields.samples import PEOPLE, field, short

TAKEN: list[tuple[str, Any, Any]] = [
    ("Freeform", "  a line\n", "a line"),
    ("Freeform", "x" * 1_000, "x" * 1_000),
    ("Text", "  two\nlines\n", "  two\nlines\n"),
    ("Text", "x" * 100_000, "x" * 100_000),
    ("SelectSingle", "high", "High"),
    ("SelectSingle", " STRASSE ", "Straße"),
    ("SelectMulti", "low", "Low"),
    ("Integer", 42, 42),
    ("Integer", " -42\n", -42),
    ("Integer", "+007", 7),
    ("Integer", "2.0", 2),
    ("Integer", 3.0, 3),
    ("Integer", 2**63 - 1, 2**63 - 1),
    ("Decimal", "12.50", "12.5"),
    ("Decimal", "0012.", "12"),
    ("Decimal", ".5", "0.5"),
    ("Decimal", "-0.00", "0"),
    ("Decimal", 100, "100"),
    ("Decimal", 0.1, "0.1"),
    ("Decimal", 1e-7, "0.0000001"),
    ("Decimal", "1e3", "1000"),
    ("Decimal", "9" * 30 + "." + "9" * 30, "9" * 30 + "." + "9" * 30),
    ("Date", " 2026-03-31\n", "2026-03-31"),
    ("Date", "2024-02-29", "2024-02-29"),
    ("DateTime", "2026-03-31T09:00:00Z", "2026-03-31T09:00:00Z"),
    ("DateTime", "2026-03-31T09:00:00.999+02:00", "2026-03-31T07:00:00Z"),
    ("DateTime", "2026-03-31 09:00", "2026-03-31T09:00:00Z"),
    ("DateTime", "2026-03-31", "2026-03-31T00:00:00Z"),
    ("DateTime", "0987-01-01T00:00:00Z", "0987-01-01T00:00:00Z"),
    ("Boolean", True, True),
    ("Boolean", False, False),
    ("Boolean", " True\n", True),
    ("Boolean", "no", False),
    ("Boolean", "1", True),
    ("URL", " https://example.com/a?b=c#d ", "https://example.com/a?b=c#d"),
    ("URL", "HTTP://intranet:8080/", "HTTP://intranet:8080/"),
    ("URL", "https://[::1]/", "https://[::1]/"),
    ("URL", "https://bücher.example/é", "https://bücher.example/é"),
    ("Email", " Ann@Example.com ", "Ann@Example.com"),
    ("User", "ANN", "Ann"),
    ("User", " bob@acme\n", "bob@acme"),
]

REFUSED: list[tuple[str, Any, str]] = [
    ("Freeform", 5, "must be text"),
    ("Freeform", "a\nb", "must be one line"),
    ("Freeform", "x" * 1_001, "is 1001 characters long; at most 1000 fit"),
    ("Text", "x" * 100_001, "is 100001 characters long; at most 100000 fit"),
    ("SelectSingle", "hihg", "no choice “hihg”; did you mean “High”?"),
    ("SelectSingle", "qqq", "no choice “qqq”"),
    ("SelectSingle", 1, "must be text"),
    ("SelectMulti", "lo w", "no choice “lo w”; did you mean “Low”?"),
    ("Integer", 2.5, "must be a whole number such as 42"),
    ("Integer", "1e-3", "must be a whole number such as 42"),
    ("Integer", True, "must be a whole number such as 42"),
    ("Integer", "٣", "must be a whole number such as 42"),
    ("Integer", "1_000", "must be a whole number such as 42"),
    ("Integer", 2**63, f"must be from -{2**63 - 1} to {2**63 - 1}"),
    ("Integer", "1e999", f"must be from -{2**63 - 1} to {2**63 - 1}"),
    ("Integer", 10**101, "has too many digits"),
    ("Decimal", "12,5", "must be a number such as 12.5"),
    ("Decimal", "NaN", "must be a number such as 12.5"),
    ("Decimal", float("inf"), "must be a number such as 12.5"),
    ("Decimal", "9" * 31, "has more than 30 digits before or after the point"),
    ("Decimal", "1e-31", "has more than 30 digits before or after the point"),
    ("Date", "31.3.2026", "must be a date such as 2026-03-31"),
    ("Date", "2026-03-31T09:00:00Z", "must be a date such as 2026-03-31"),
    ("Date", "2026-02-30", "the calendar has no day 2026-02-30"),
    ("Date", 20260331, "must be a date such as 2026-03-31"),
    ("DateTime", "soon", "must be an ISO 8601 time such as 2026-03-31T09:00:00Z"),
    ("DateTime", 0, "must be an ISO 8601 time such as 2026-03-31T09:00:00Z"),
    (
        "DateTime",
        "9999-12-31T23:59:59-01:00",
        "must be an ISO 8601 time such as 2026-03-31T09:00:00Z",
    ),
    ("Boolean", "perhaps", "must be true or false"),
    ("Boolean", 1, "must be true or false"),
    *(
        ("URL", link, "must be a web address such as https://example.com/page")
        for link in (
            "javascript:alert(1)",
            "ftp://example.com",
            "//example.com",
            "example.com",
            "https://",
            "https://:80/",
            "https://a b/",
            "https://a\\b",
            "https://a/<script>",
            "https://a/\x1b",
            "https://a:99999/",
            "https://[::1/",
        )
    ),
    ("URL", "https://" + "a" * 2_000, "is 2008 characters long; at most 2000 fit"),
    ("Email", "ann", "“ann” is no e-mail address"),
    ("Email", "a" * 255, "is 255 characters long; at most 254 fit"),
    ("User", "carol", "no user “carol”"),
    ("User", 7, "must be text"),
]

TEXTUAL = [
    name for name in TYPES if name not in {"Integer", "Decimal", "Date", "DateTime", "Boolean"}
]


@pytest.mark.parametrize(("field_type", "raw", "canonical"), TAKEN, ids=short)
def test_a_value_gets_its_canonical_form(field_type: str, raw: Any, canonical: Any) -> None:
    found = TYPES[field_type].parse(field(field_type), raw, PEOPLE)
    assert (found, type(found)) == (canonical, type(canonical))


@pytest.mark.parametrize(("field_type", "raw", "sentence"), REFUSED, ids=short)
def test_a_wrong_value_is_refused_with_its_reason(field_type: str, raw: Any, sentence: str) -> None:
    with pytest.raises(ValueInvalid) as refusal:
        TYPES[field_type].parse(field(field_type), raw, PEOPLE)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("field_type", TEXTUAL)
@pytest.mark.parametrize(
    ("raw", "sentence"),
    [("a\x00b", "holds a NUL character"), ("a\ud800b", "holds half of a surrogate pair")],
)
def test_what_no_database_stores_is_refused(field_type: str, raw: str, sentence: str) -> None:
    with pytest.raises(ValueInvalid) as refusal:
        TYPES[field_type].parse(field(field_type), raw, PEOPLE)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("field_type", TYPES)
@pytest.mark.parametrize("raw", [{}, {"a": 1}, [], [1], b"a", object()])
def test_what_is_no_scalar_is_refused(field_type: str, raw: Any) -> None:
    with pytest.raises(ValueInvalid):
        TYPES[field_type].parse(field(field_type), raw, PEOPLE)


WORDS = st.one_of(
    st.text(st.characters(), max_size=30),
    st.from_regex(r"[+-]?[0-9.]{1,35}(e[+-]?[0-9]{1,3})?", fullmatch=True),
    st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat()),
    st.dates().map(str),
    st.emails(),
    st.sampled_from(["high", "TRUE", "ann", "https://example.com/ü", "\ud800", "\x00"]),
)
JSON = st.one_of(
    WORDS, st.none(), st.booleans(), st.integers(), st.floats(), st.lists(WORDS, max_size=3)
)


@given(field_type=st.sampled_from(list(TYPES)), raw=JSON)
def test_every_value_is_refused_or_becomes_a_fixed_point_that_json_keeps(
    field_type: str, raw: Any
) -> None:
    kind, spec = TYPES[field_type], field(field_type)
    try:
        found = kind.parse(spec, raw, PEOPLE)
    except ValueInvalid:
        return
    assert kind.parse(spec, found, PEOPLE) == found
    assert json.loads(json.dumps(found).encode()) == found


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, min_value=-(10**29), max_value=10**29, places=9
    )
)
def test_a_decimal_keeps_its_number_and_queries_read_it(wanted: Any) -> None:
    found = TYPES["Decimal"].parse(field("Decimal"), str(wanted), PEOPLE)
    assert number(found) == wanted


def test_queries_know_only_types_that_exist() -> None:
    assert set(CUSTOM_KINDS) <= set(TYPES)


BOUNDED: dict[str, st.SearchStrategy[Any]] = {
    "Integer": st.integers(-(2**62), 2**62),
    "Decimal": st.decimals(-1000, 1000, places=3).map(str),
    "Date": st.dates().map(str),
    "DateTime": st.datetimes().map(lambda moment: moment.isoformat()),
}
THREE = st.sampled_from(list(BOUNDED)).flatmap(
    lambda name: st.tuples(st.just(name), st.lists(BOUNDED[name], min_size=3, max_size=3))
)


def test_every_type_with_bounds_is_tried_with_them() -> None:
    assert set(BOUNDED) == {name for name, kind in TYPES.items() if kind.has_bounds}


@given(case=THREE)
def test_what_is_let_in_lies_between_the_bounds(case: tuple[str, list[Any]]) -> None:
    field_type, raw = case
    kind = TYPES[field_type]
    try:
        value, *bounds = (kind.parse(field(field_type), each, PEOPLE) for each in raw)
    except ValueInvalid:
        return  # a day that some zone does not have
    least, most = sorted(bounds, key=kind.order)
    spec = field(field_type, minimum=least, maximum=most)

    if kind.order(least) <= kind.order(value) <= kind.order(most):
        assert check(spec, value, PEOPLE) == (value,)
    else:
        with pytest.raises(ValueInvalid, match=r"must be at (least|most) "):
            check(spec, value, PEOPLE)
        assert check(spec, value, PEOPLE, held=(value,)) == (value,)


@given(field_type=st.sampled_from(list(TYPES)), raw=st.lists(JSON, max_size=3))
def test_a_ticket_can_be_given_back_what_it_has_whatever_the_field_has_become(
    field_type: str, raw: list[Any]
) -> None:
    try:
        held = check(field(field_type, max_values=0), raw, PEOPLE)
    except ValueInvalid:
        return
    stricter = field(field_type, max_values=1, pattern="^(nothing)$", values=("Other",))

    assert check(stricter, list(held), PEOPLE, held=held) == held
