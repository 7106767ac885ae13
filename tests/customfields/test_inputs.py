"""The form fields of every type: the right input, the same value back, and a fault told at its place."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.html import conditional_escape
from hypothesis import given
from hypothesis import strategies as st

from customfields.choices import Choice
from customfields.spec import ANYBODY, FieldSpec, ShowWhen, check, to_json
from customfields.types import TYPES
from tests.customfields.samples import field, short

VIENNA = ZoneInfo("Europe/Vienna")


def form(spec: FieldSpec, held: tuple[Any, ...] = (), data: str | None = None) -> forms.Form:
    """A form of that one field, `it`, as a browser shows it or sends it back (`data` is urlencoded)."""
    found = forms.Form(None if data is None else QueryDict(data))
    found.fields["it"] = TYPES[spec.field_type].form_field(spec, held=held)
    return found


def sent(spec: FieldSpec, held: tuple[Any, ...]) -> QueryDict:
    """What a browser sends of the form that shows these values, when nobody touches it."""
    shown = form(spec, held)["it"].value()
    data = QueryDict(mutable=True)
    for value in shown if isinstance(shown, list) else [shown]:
        data.appendlist("it", str(value).replace("\n", "\r\n"))
    return data


@pytest.mark.parametrize(
    ("spec", "held", "parts"),
    [
        (field("Freeform"), ("a<b",), ['type="text"', 'value="a&lt;b"', 'maxlength="1000"']),
        (field("Text"), ("a\nb",), ["<textarea", "a\nb</textarea>"]),
        (
            field("Integer", minimum=-2, maximum=9),
            (4,),
            ['type="number"', 'step="1"', 'min="-2"', 'max="9"', 'value="4"'],
        ),
        (field("Decimal"), ("0.5",), ['type="number"', 'step="any"', 'value="0.5"']),
        (
            field("Date", minimum="2026-01-01"),
            ("2026-03-31",),
            ['type="date"', 'min="2026-01-01"', 'value="2026-03-31"'],
        ),
        (
            field("DateTime", maximum="2026-12-31T23:00:00Z"),
            ("2026-03-31T09:00:00Z",),
            ['type="datetime-local"', 'max="2027-01-01T00:00"', 'value="2026-03-31T11:00"'],
        ),
        (
            field("Boolean"),
            (False,),
            ["<select", 'value="true"', '<option value="false" selected>'],
        ),
        (field("URL"), (), ['type="url"']),
        (field("Email"), (), ['type="email"']),
        (field("User"), ("ann",), ['type="text"', 'value="ann"']),
        (field("SelectSingle"), ("Low",), ["<select", '<option value="Low" selected>Low</option>']),
        (field("SelectMulti"), ("Low",), ['type="checkbox"', 'value="Low"', "checked"]),
        (field("SelectMulti", values=tuple(map(str, range(13)))), (), ["<select", "multiple"]),
        (field("Integer", max_values=3), (1, 2), ["<textarea", "1\n2</textarea>"]),
        (field("Text", max_values=0), ("a\nb",), ["a\nb</textarea>", 'aria-label="Next text"']),
        (field("SelectSingle"), ("Low", "High"), ['type="checkbox"']),
    ],
    ids=short,
)
def test_each_type_has_its_input(spec: FieldSpec, held: tuple[Any, ...], parts: list[str]) -> None:
    with timezone.override(VIENNA):
        shown = str(form(spec, held)["it"])

    assert [part for part in parts if part not in shown] == []


def test_choices_stand_in_groups_and_those_that_went_can_not_be_taken() -> None:
    spec = field(
        "SelectSingle",
        details=(
            Choice("Low", disabled=True),
            Choice("High", colour="red", when=("a", "ü")),
        ),
        depends_on="kind",
        show_when=ShowWhen("other", (True,)),
    )

    shown = str(form(spec)["it"])
    of_holder = str(form(spec, ("Low",))["it"])
    of_another = str(form(spec, ("Gone",))["it"])

    assert '<option value="Low" disabled>' in shown
    assert '<optgroup label="a, ü">' in shown
    assert 'data-when="[&quot;a&quot;, &quot;ü&quot;]" data-colour="red"' in shown
    assert 'data-depends-on="kind"' in shown
    assert "data-show-when=" in shown
    assert '<option value="Low" selected>' in of_holder
    assert '<optgroup label="No longer offered">' in of_another
    assert '<option value="Gone" selected>' in of_another


def test_choice_that_depends_on_a_parent_says_whether_it_is_held_or_gone() -> None:
    here = Choice("Low", disabled=True, when=("a",))
    spec = field("SelectSingle", details=(here,), depends_on="kind")

    shown = str(form(spec)["it"])
    of_holder = str(form(spec, ("Low",))["it"])

    assert '<option value="Low" disabled data-gone data-when=' in shown
    assert '<option value="Low" selected data-held data-when=' in of_holder


def test_what_was_not_sent_is_as_it_was() -> None:
    spec = field("Freeform")

    bound = form(spec, ("here",), "")

    assert not bound.has_changed()
    assert bound["it"].value() == "here"


HELD: list[tuple[FieldSpec, tuple[Any, ...]]] = [
    (field("Freeform"), (" a",)),
    (field("Text"), ("a\nb",)),
    (field("Text"), ("a\r\nb",)),
    (field("Text", max_values=0), ("a\nb", "c")),
    (field("SelectSingle"), ("Straße",)),
    (field("SelectSingle"), ("Gone",)),
    (field("SelectSingle"), ("Low", "High")),
    (field("SelectMulti"), ("Low", "Gone")),
    (field("Integer", minimum=50), (42,)),
    (field("Integer", max_values=2), (1, 2, 3)),
    (field("Decimal"), ("0.10",)),
    (field("Date"), ("2026-03-31",)),
    (field("DateTime"), ("2026-03-31T09:00:07Z",)),
    (field("DateTime"), ("2026-10-25T01:30:00Z",)),  # half past two, for the second time
    (field("Boolean"), (False,)),
    (field("URL", pattern="nothing"), ("https://example.com",)),
    (field("User"), ("left",)),
    (field("Email"), ()),
]


@pytest.mark.parametrize(("spec", "held"), HELD, ids=short)
def test_a_form_that_nobody_touches_changes_nothing(spec: FieldSpec, held: tuple[Any, ...]) -> None:
    with timezone.override(VIENNA):
        back = form(spec, held, sent(spec, held).urlencode())

        assert back.is_valid(), back.errors
        assert back.cleaned_data["it"] == to_json(spec, held)
        assert not back.fields["it"].has_changed(held, back["it"].data)


@pytest.mark.parametrize(
    ("spec", "typed", "given"),
    [
        (field("Integer"), "it=42", 42),
        (field("Integer"), "it=", None),
        (field("Integer", max_values=0), "it=1%0D%0A%0D%0A2", [1, 2]),
        (field("DateTime"), "it=2026-03-31T11:00", "2026-03-31T09:00:00Z"),
        (field("DateTime"), "it=2026-03-31T11:00Z", "2026-03-31T11:00:00Z"),
        (field("Boolean"), "it=true", True),
        (field("SelectMulti"), "it=Low&it=High", ["Low", "High"]),
        (field("Text", max_values=0), "it=a%0D%0Ab&it=c&it=", ["a\nb", "c"]),
        (field("Text"), "", None),
    ],
    ids=short,
)
def test_what_was_typed_comes_as_the_door_takes_it(spec: FieldSpec, typed: str, given: Any) -> None:
    with timezone.override(VIENNA):
        bound = form(spec, data=typed or "other=1")

        assert bound.is_valid(), bound.errors
        assert bound.cleaned_data["it"] == given


@pytest.mark.parametrize(
    ("spec", "typed", "told"),
    [
        (field("Integer", maximum=9), "it=10", "Must be at most 9"),
        (field("DateTime"), "it=soon", "Must be an ISO 8601 time such as 2026-03-31T09:00:00Z"),
        (field("SelectSingle"), "it=Lo+w", "No choice “Lo w”; did you mean “Low”?"),
        (
            field("SelectSingle", details=(Choice("Low", disabled=True),)),
            "it=Low",
            "“Low” is no longer offered",
        ),
    ],
    ids=short,
)
def test_a_fault_stands_at_the_field(spec: FieldSpec, typed: str, told: str) -> None:
    assert form(spec, data=typed).errors == {"it": [told]}


def test_required_is_asked_of_a_new_ticket_alone() -> None:
    needed = field("Freeform", required=True)
    hidden = field("Freeform", required=True, show_when=ShowWhen("other", (True,)))

    def required(spec: FieldSpec, *, begins: bool) -> bool:
        return TYPES["Freeform"].form_field(spec, begins=begins).required

    assert required(needed, begins=True)
    assert not required(needed, begins=False)
    assert not required(hidden, begins=True)


@pytest.mark.parametrize(
    ("spec", "value", "shown"),
    [
        (field("Freeform"), "<b>", "&lt;b&gt;"),
        (field("Text"), "a\n<b>", "a<br>&lt;b&gt;"),
        (field("Boolean"), False, "no"),
        (field("Decimal"), "0.5", "0.5"),
        (
            field("Date"),
            "2026-03-31",
            '<time class="nowrap" datetime="2026-03-31">31 Mar 2026</time>',
        ),
        (
            field("URL"),
            'https://a/"',
            '<a href="https://a/&quot;" rel="noopener noreferrer nofollow">https://a/&quot;</a>',
        ),
        (
            field("Email"),
            "a&b@example.com",
            '<a href="mailto:a%26b@example.com">a&amp;b@example.com</a>',
        ),
        (field("SelectSingle"), "Low", "Low"),
        (
            field("SelectSingle", details=(Choice("Low", colour="red"),)),
            "Low",
            '<span class="tag choice red">Low</span>',
        ),
        (field("SelectSingle"), "<gone>", "&lt;gone&gt;"),
    ],
    ids=short,
)
def test_a_value_is_shown_as_its_type_is(spec: FieldSpec, value: Any, shown: str) -> None:
    assert conditional_escape(TYPES[spec.field_type].display(spec, value)) == shown


def test_a_moment_is_shown_in_the_zone_of_the_reader() -> None:
    with timezone.override(VIENNA):
        shown = TYPES["DateTime"].display(field("DateTime"), "2026-03-31T09:00:00Z")

    assert ">31 Mar 2026, 11:00</time>" in shown


@given(moment=st.datetimes().filter(lambda moment: 2 <= moment.year <= 9998))
def test_every_moment_comes_back_from_the_form(moment: datetime) -> None:
    held = (moment.replace(microsecond=0, tzinfo=UTC).isoformat()[:19] + "Z",)
    spec = field("DateTime")

    with timezone.override(VIENNA):
        back = form(spec, held, sent(spec, held).urlencode())

        assert back.is_valid()
        assert check(spec, back.cleaned_data["it"], ANYBODY) == held
