"""Fields that depend on one another, as values."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customfields.choices import Choice
from customfields.settling import Settled, Wanted, listed, ordered, settle
from customfields.spec import FieldSpec, ShowWhen
from tests.customfields.samples import field

COUNTRY = field("SelectSingle", key="country", name="Country", values=("AT", "DE", "CH"))
CITY = field(
    "SelectSingle",
    key="city",
    name="City",
    values=("Graz", "Munich", "Basel", "Elsewhere"),
    depends_on="country",
    details=(
        Choice("Graz", when=("AT",)),
        Choice("Munich", when=("DE",)),
        Choice("Basel", when=("CH", "DE")),
    ),
)
STREET = field(
    "Freeform", key="street", name="Street", show_when=ShowWhen("city", ("Graz", "Munich"))
)
FIELDS = (STREET, CITY, COUNTRY)  # in no order that would help


def settled(held: dict[str, str], change: dict[str, str | None], **more: Any) -> Settled:
    wanted = Wanted(
        {key: () if value is None else (value,) for key, value in change.items()}, **more
    )
    return settle(FIELDS, {key: (value,) for key, value in held.items()}, wanted)


@pytest.mark.parametrize(
    ("held", "change", "after"),
    [
        ({}, {"country": "AT", "city": "Graz"}, {"country": "AT", "city": "Graz"}),
        ({}, {"city": "Graz", "country": "AT"}, {"country": "AT", "city": "Graz"}),
        ({}, {"city": "Elsewhere"}, {"city": "Elsewhere"}),
        (
            {"country": "DE", "city": "Basel"},
            {"country": "CH"},
            {"country": "CH", "city": "Basel"},
        ),
        (
            {"country": "AT", "city": "Graz"},
            {"country": "DE", "city": "Munich"},
            {"country": "DE", "city": "Munich"},
        ),
        ({"country": "AT", "city": "Graz"}, {"country": "DE", "city": None}, {"country": "DE"}),
        # Once it fitted: who touches neither may leave it, and give it back.
        ({"country": "AT", "city": "Basel"}, {}, {"country": "AT", "city": "Basel"}),
        ({"country": "AT", "city": "Basel"}, {"city": "Basel"}, {"country": "AT", "city": "Basel"}),
    ],
)
def test_a_value_that_its_parent_offers_is_taken(
    held: dict[str, str], change: dict[str, str | None], after: dict[str, str]
) -> None:
    found = settled(held, change)

    assert found == Settled({key: (value,) for key, value in after.items()})


@pytest.mark.parametrize(
    ("held", "change", "faults"),
    [
        (
            {"country": "DE"},
            {"city": "Graz"},
            {"city": "“Graz” is offered only while Country is “AT”"},
        ),
        ({}, {"city": "Basel"}, {"city": "“Basel” is offered only while Country is “CH” or “DE”"}),
        (
            {"country": "AT", "city": "Graz"},
            {"country": "DE"},
            {"city": "“Graz” is offered only while Country is “AT”"},
        ),
        (
            {"country": "AT", "city": "Graz"},
            {"country": None},
            {"city": "“Graz” is offered only while Country is “AT”"},
        ),
        (
            {"country": "AT", "city": "Graz"},
            {"country": "DE", "city": "Graz"},
            {"city": "“Graz” is offered only while Country is “AT”"},
        ),
        (
            {"city": "Elsewhere"},
            {"street": "Hauptplatz 1"},
            {"street": "takes a value only while City is “Graz” or “Munich”"},
        ),
    ],
)
def test_a_value_without_a_place_is_refused_with_what_it_needs(
    held: dict[str, str], change: dict[str, str | None], faults: dict[str, str]
) -> None:
    assert settled(held, change).faults == faults


def test_a_value_whose_field_is_hidden_is_cleared() -> None:
    held = {"country": "AT", "city": "Graz", "street": "Hauptplatz 1"}

    found = settled(held, {"city": "Elsewhere"})

    assert found == Settled(
        {"country": ("AT",), "city": ("Elsewhere",)}, cleared={"street": "city"}
    )


def test_a_hidden_parent_takes_its_dependents_with_it() -> None:
    kind = field("SelectSingle", key="kind", name="Kind", values=("place", "other"))
    country = field(
        "SelectSingle",
        key="country",
        name="Country",
        values=("AT", "DE"),
        show_when=ShowWhen("kind", ("place",)),
    )
    held = {
        key: (value,) for key, value in [("kind", "place"), ("country", "AT"), ("city", "Graz")]
    }

    found = settle((STREET, CITY, country, kind), held, Wanted({"kind": ("other",)}))

    assert found == Settled({"kind": ("other",)}, cleared={"country": "kind", "city": "kind"})


def test_a_field_that_is_gone_controls_nothing() -> None:
    assert settle((STREET, CITY), {}, Wanted({"city": ("Graz",)})).faults == {}
    assert settle((STREET,), {}, Wanted({"street": ("x",)})).faults == {}


def test_nothing_is_said_of_what_depends_on_a_value_that_can_not_be_read() -> None:
    found = settled({}, {"city": "Graz", "street": "x"}, unknown={"country"})

    assert found.faults == {}


def test_a_default_goes_only_where_it_has_a_place() -> None:
    defaults = {"city": ("Munich",), "street": ("x",)}

    assert settled({}, {"country": "DE"}, defaults=defaults).values == {
        "country": ("DE",),
        "city": ("Munich",),
        "street": ("x",),
    }
    assert settled({}, {"country": "AT"}, defaults=defaults).values == {"country": ("AT",)}


def test_only_what_is_shown_and_has_something_to_offer_is_required() -> None:
    kind = field("Boolean", key="kind", name="Kind")
    where = field(
        "SelectSingle",
        key="where",
        values=("a", "b"),
        required=True,
        depends_on="country",
        details=(Choice("a", when=("AT",)), Choice("b", disabled=True)),
        show_when=ShowWhen("kind", (True,)),
    )
    fields = (where, COUNTRY, kind)

    def missing(change: dict[str, tuple[Any, ...]]) -> list[str]:
        return settle(fields, {}, Wanted(change)).missing

    assert missing({}) == []
    assert missing({"kind": (True,), "country": ("DE",)}) == []
    assert missing({"kind": (True,), "country": ("AT",)}) == ["where"]
    assert missing({"kind": (True,), "country": ("AT",), "where": ("a",)}) == []


def test_values_are_listed_as_in_a_sentence() -> None:
    assert listed([True, False]) == "yes or no"
    assert listed(["a"]) == "“a”"
    assert listed(range(12)) == ", ".join(f"“{n}”" for n in range(10)) + ", …"


KEYS = [f"f{number}" for number in range(6)]
LINKED = st.lists(st.tuples(*[st.sampled_from(["", *KEYS])] * 2), min_size=6, max_size=6).map(
    lambda links: tuple(
        field(
            "SelectSingle",
            key=key,
            values=("x", "y"),
            depends_on=parent,
            details=(Choice("x", when=("x",)),),
            show_when=ShowWhen(shown, ("x", "y")) if shown else None,
        )
        for key, (parent, shown) in zip(KEYS, links, strict=True)
    )
)
VALUES = st.dictionaries(st.sampled_from(KEYS), st.sampled_from([("x",), ("y",)]))


@given(fields=LINKED)
def test_order_has_every_field_once_whatever_circle_there_is(fields: tuple[FieldSpec, ...]) -> None:
    assert sorted(spec.key for spec in ordered(fields)) == KEYS


@given(fields=LINKED, held=VALUES, change=VALUES)
def test_what_was_settled_is_settled(
    fields: tuple[FieldSpec, ...], held: dict[str, Any], change: dict[str, Any]
) -> None:
    """Whatever the fields are: what came of a change without a fault can be given back whole, and changes nothing."""
    first = settle(fields, held, Wanted(change))
    if first.faults:
        return

    again = settle(fields, first.values, Wanted(first.values))

    assert (again.values, again.cleared, again.faults) == (first.values, {}, {})
