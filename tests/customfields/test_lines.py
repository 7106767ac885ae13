"""Choices as text, one a line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customfields.choices import COLOURS, Choice, read_choices
from customfields.lines import from_lines, to_lines
from tessera.lib.query.fold import fold
from tessera.lib.values import BadValue

CHOICES = (
    Choice("Graz", "green", when=("AT", "a;b|c\\")),
    Choice("Mün | chen", disabled=True),
    Choice("red"),
)
TEXT = r"""Graz | green | when: AT; a\;b\|c\\
Mün \| chen | disabled
red"""


def test_choices_are_lines() -> None:
    assert to_lines(CHOICES) == TEXT
    assert read_choices(from_lines(TEXT), ()).choices == CHOICES


def test_lines_are_read_whatever_stands_around_them() -> None:
    assert from_lines("\r\n a |disabled|  when:x; ;y | was : b |\r\n\r\nc|") == [
        {"value": "a", "disabled": True, "when": ["x", "y"], "was": "b"},
        {"value": "c"},
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a\nb | gren", "line 2 knows no “gren”; did you mean “green”?"),
        ("a | xyzzy", "line 1 knows no “xyzzy”"),
        ("a | disabeld", "line 1 knows no “disabeld”; did you mean “disabled”?"),
    ],
)
def test_what_is_no_word_is_told_with_its_line(text: str, told: str) -> None:
    with pytest.raises(BadValue) as refused:
        from_lines(text)
    assert str(refused.value) == told


WORD = st.text(
    st.one_of(st.sampled_from("|;:\\ ab"), st.characters(exclude_categories=("C", "Z"))), max_size=8
).map(str.strip)
CHOICE = st.builds(
    Choice,
    value=WORD.filter(bool),
    colour=st.sampled_from([None, *COLOURS]),
    disabled=st.booleans(),
    when=st.lists(WORD.filter(bool), unique=True, max_size=3).map(tuple),
)


@given(st.lists(CHOICE, unique_by=lambda choice: fold(choice.value), max_size=5))
def test_every_choice_comes_back_from_its_line(choices: list[Choice]) -> None:
    assert read_choices(from_lines(to_lines(choices)), ()).choices == tuple(choices)
