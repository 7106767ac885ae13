"""Text that a stranger's machine said."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from tessera.lib.visible import visible


def test_what_people_write_stays_as_it_is() -> None:
    texts = ("Grüße\n\tan alle", "नमस्ते", "می\u200cخواهم", "👩\u200d💻", "עברית", "")
    assert [visible(text) for text in texts] == list(texts)


def test_what_acts_is_a_sign_in_its_place() -> None:
    assert visible("\x1b[31m\x00\x7f\x85\u202e\ufeff\r\n\r") == "␛[31m␀␡\ufffd\ufffd\ufffd\n\n"


@given(st.text())
def test_nothing_is_left_that_acts_and_twice_is_once(text: str) -> None:
    shown = visible(text)
    assert len(shown) <= len(text)
    assert visible(shown) == shown
    assert not {
        unicodedata.category(each) for each in shown.replace("\n", "").replace("\t", "")
    } & {
        "Cc",
        "Cs",
        "Zl",
        "Zp",
    }
    shown.encode()
