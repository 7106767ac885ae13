"""How wide a text becomes, without its font: an estimate that is seldom too small."""

import unicodedata
from functools import lru_cache

# Widths in em: the widest of Inter, DejaVu Sans and Arial's metrics, because nobody knows which one the
# reader's system has.
_ASCII = {
    char: width
    for width, chars in (
        (0.30, "Iijl"),
        (0.35, " ',.:;|"),
        (0.40, "!()/[\\]ft"),
        (0.45, "r"),
        (0.50, '"-`'),
        (0.55, "*?_sz"),
        (0.60, "JLckvxy"),
        (0.65, "$0123456789FTabdeghnopqu{}"),
        (0.70, "ABEKPSVXYZ"),
        (0.75, "CHNRU"),
        (0.80, "&DGOQ"),
        (0.85, "#+<=>^w~"),
        (0.95, "M"),
        (1.00, "%m"),
        (1.05, "@W"),
    )
    for char in chars
}
_BROAD = frozenset("жмфшщыюѥѩѭњљЖМФШЩЫЮѤѨѬЊЉÆŒæœΜΩω—―…½¼¾©®№")
_BLOCKS = ("LATIN", "GREEK", "CYRILLIC", "CJK", "HIRAGANA", "KATAKANA", "HANGUL", "FULLWIDTH")
_SIGNS = frozenset("–—―‘’‚“”„•…‹›«»€£¥©®°·§¶×÷±¿¡№→←↔")
_BREAKS = frozenset(" _-./")


def plain(text: str) -> str:
    """One line that XML can bear: control characters, half surrogates and the like left out."""
    # Format characters go too: an override of the direction would turn its neighbours round.
    kept = (char if char.isprintable() else " " for char in text)
    return " ".join("".join(kept).split())


def width(text: str, size: float) -> float:
    """In pixels at that size of type."""
    return size * sum(map(_em, text))


def is_sure(text: str) -> bool:
    """Whether all of it is written in scripts whose widths are known; of others some signs are wider
    than any estimate, and marks may be stacked."""
    return all(map(_is_known, text))


def wrap(text: str, size: float, most: float, *, lines: int = 2) -> tuple[str, ...]:
    """The text in at most so many lines, none wider than `most` (three em or more); what does not fit
    becomes "…".

    A line ends after a space, "_" or the like, and within a word only where the word is too long.
    """
    found: list[str] = []
    rest = text
    while rest:
        if width(rest, size) <= most:
            return (*found, rest)
        if len(found) == lines - 1:
            return (*found, _cut(rest, size, most, end="…") + "…")
        head = _head(rest, size, most)
        found.append(head.rstrip())
        rest = rest[len(head) :].lstrip()
    return tuple(found) or ("",)


def _head(text: str, size: float, most: float) -> str:
    fits = _cut(text, size, most)
    ends = [index + 1 for index, char in enumerate(fits) if char in _BREAKS]
    # A break close to the beginning would leave a line that is nearly empty.
    return fits[: ends[-1]] if ends and ends[-1] * 3 >= len(fits) else fits


def _cut(text: str, size: float, most: float, *, end: str = "") -> str:
    """The longest beginning that fits with `end` behind it, at least one sign; marks stay with their letter."""
    taken, count = 0.0, 0
    for index, char in enumerate(text):
        taken += _em(char)
        # Added up as `width` does: another order of the same sum may differ in its last digit.
        if index and size * sum(map(_em, end), taken) > most:
            break
        count = index + 1
    while 0 < count < len(text) and unicodedata.category(text[count]).startswith("M"):
        count -= 1
    return text[: max(count, 1)]


@lru_cache(maxsize=10_000)
def _em(char: str) -> float:
    if char in _ASCII:
        return _ASCII[char]
    category = unicodedata.category(char)
    if category in ("Mn", "Me", "Cf"):
        return 0.0
    if unicodedata.east_asian_width(char) in "WF":
        return 1.4 if category == "So" else 1.05
    base = unicodedata.normalize("NFD", char)[0]
    if base in _ASCII:
        return _ASCII[base]
    if base in _BROAD or category in ("So", "Sm", "Sc"):
        return 1.15
    return 0.85 if category == "Lu" else 0.72


@lru_cache(maxsize=10_000)
def _is_known(char: str) -> bool:
    if char in _ASCII or char in _SIGNS:
        return True
    # "LATIN SMALL LETTER E WITH ACUTE", "CJK UNIFIED IDEOGRAPH-4E00": the script stands first.
    named = unicodedata.name(char, "").startswith(_BLOCKS)
    return named and unicodedata.category(char) in ("Lu", "Ll", "Lo", "Nd", "Lm")
