"""How a field reads one value or several, and shows them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customfields.models import CustomField
from customfields.spec import FieldSpec, check, to_json
from customfields.types import ValueInvalid
from tests.customfields.samples import PEOPLE, field, short

ONE = field("SelectSingle")
TWO = field("SelectMulti", max_values=2)
ANY = field("SelectMulti")


@pytest.mark.parametrize("spec", [ONE, TWO, field("Integer"), field("Boolean"), field("Date")])
@pytest.mark.parametrize("raw", [None, "", " \n", [], [""], [None, " "], ()])
def test_nothing_empties_a_field_of_any_type(spec: FieldSpec, raw: Any) -> None:
    assert check(spec, raw, PEOPLE) == ()


@pytest.mark.parametrize(
    ("spec", "raw", "found"),
    [
        (ONE, "low", ("Low",)),
        (ONE, ["low"], ("Low",)),
        (ONE, ["", "low"], ("Low",)),
        (TWO, "low", ("Low",)),
        (TWO, ["high", "low"], ("High", "Low")),
        (TWO, ["high", "HIGH", "low", "High"], ("High", "Low")),
        (ANY, ["strasse", "high", "low"], ("Straße", "High", "Low")),
        (field("Boolean"), False, (False,)),
        (field("Integer"), 0, (0,)),
        (field("Integer", max_values=3), ["1", 1, "2.0"], (1, 2)),
        (field("Integer", max_values=0), list(range(1_000)), tuple(range(1_000))),
    ],
    ids=short,
)
def test_values_are_canonical_and_each_once_in_their_order(
    spec: FieldSpec, raw: Any, found: tuple[Any, ...]
) -> None:
    assert check(spec, raw, PEOPLE) == found


@pytest.mark.parametrize(
    ("spec", "raw", "sentence"),
    [
        (ONE, ["low", "high"], "takes one value"),
        (TWO, ["low", "high", "strasse"], "takes at most 2 values"),
        (ANY, ["low"] * 1_001, "takes at most 1000 values"),
        (ANY, ["low", "hihg"], "no choice “hihg”; did you mean “High”?"),
        (ANY, [["low"]], "must be text"),
        (ONE, {"low": 1}, "must be text"),
    ],
    ids=short,
)
def test_what_does_not_fit_is_refused_with_its_reason(
    spec: FieldSpec, raw: Any, sentence: str
) -> None:
    with pytest.raises(ValueInvalid) as refusal:
        check(spec, raw, PEOPLE)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("spec", "raw"),
    [
        (field("Freeform", pattern="b+"), "abbc"),
        (field("Freeform", pattern="^é$"), "é"),
        (field("Integer", pattern="^4"), "42"),
        (field("Boolean", pattern="^true$"), True),
        (field("Text", pattern="(a*)*b$"), "a" * 99_999 + "b"),
    ],
    ids=short,
)
def test_a_pattern_is_searched_in_the_canonical_text(spec: FieldSpec, raw: Any) -> None:
    assert len(check(spec, raw, PEOPLE)) == 1


@pytest.mark.parametrize(
    ("spec", "raw", "sentence"),
    [
        (
            field("Freeform", pattern="^AT-[0-9]{4}$"),
            "AT-12",
            "“AT-12” is not in the form that is asked for",
        ),
        (
            field("Freeform", pattern="^AT-[0-9]{4}$", help_text="Such as AT-0412."),
            "AT-12",
            "“AT-12” is not in the form that is asked for: Such as AT-0412.",
        ),
        (
            field("SelectMulti", pattern="^H"),
            ["high", "low"],
            "“Low” is not in the form that is asked for",
        ),
        (
            field("Text", pattern="(a*)*b$"),
            "a" * 100_000,
            f"“{'a' * 80}” is not in the form that is asked for",
        ),
    ],
    ids=short,
)
def test_a_value_against_the_pattern_is_refused(spec: FieldSpec, raw: Any, sentence: str) -> None:
    with pytest.raises(ValueInvalid) as refusal:
        check(spec, raw, PEOPLE)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("spec", "values", "shown"),
    [
        (ONE, (), None),
        (ANY, (), None),
        (ONE, ("Low",), "Low"),
        (ANY, ("Low",), ["Low"]),
        (TWO, ("Low", "High"), ["Low", "High"]),
        (field("Boolean"), (False,), False),
    ],
)
def test_json_is_a_list_where_the_field_takes_several(
    spec: FieldSpec, values: tuple[Any, ...], shown: Any
) -> None:
    assert to_json(spec, values) == shown


def test_values_from_before_a_field_took_only_one_are_all_shown() -> None:
    assert to_json(ONE, ("Low", "High")) == ["Low", "High"]


@given(
    spec=st.sampled_from([ONE, TWO, ANY]),
    raw=st.lists(st.sampled_from(["low", "LOW", "High", "strasse", "", None]), max_size=4),
)
def test_what_is_shown_can_be_given_back_unchanged(spec: FieldSpec, raw: list[Any]) -> None:
    try:
        found = check(spec, raw, PEOPLE)
    except ValueInvalid:
        return
    assert check(spec, to_json(spec, found), PEOPLE) == check(spec, found, PEOPLE) == found


def test_a_spec_says_what_its_row_says() -> None:
    row = CustomField(
        pk=7,
        key="tags",
        name="Tags",
        field_type="SelectMulti",
        values=["a", "b"],
        max_values=2,
        pattern="a",
        required=True,
        default=["a"],
        help_text="Pick.",
    )
    assert FieldSpec.of(row) == FieldSpec(
        id=7,
        key="tags",
        name="Tags",
        field_type="SelectMulti",
        values=("a", "b"),
        max_values=2,
        pattern="a",
        required=True,
        default=["a"],
        help_text="Pick.",
    )
