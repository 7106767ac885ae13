"""How texts are compared without case."""

import pytest

from tessera.lib.query.fold import fold


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Open", "oPEN"),
        ("STRASSE", "straße"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("Café", "CAFE\u0301"),
        ("\u212b", "å"),
        ("ǰ", "J\u030c"),
    ],
)
def test_spellings_of_one_text_are_equal(left: str, right: str) -> None:
    assert fold(left) == fold(right)


@pytest.mark.parametrize(("left", "right"), [("a", "ä"), ("ı", "i"), ("1", "١")])
def test_different_letters_stay_different(left: str, right: str) -> None:
    assert fold(left) != fold(right)
