"""Words that no two people use equally often: names of things, drawn so that few are common and most are rare. Pure.

Nothing here has a character that JSON or COPY would have to escape: the words are put into rows as they are.
"""

from collections.abc import Sequence
from functools import cache
from itertools import accumulate, product
from random import Random

_BEGIN = (
    "Bal", "Cor", "Dre", "Fal", "Gor", "Hel", "Ilm", "Kas",
    "Lan", "Mar", "Nor", "Ost", "Pel", "Rav", "Sil", "Tar",
)  # fmt: skip
_MIDDLE = (
    "a", "be", "di", "er", "fo", "gu", "in", "ka",
    "lo", "mi", "no", "or", "re", "su", "ta", "vi",
)  # fmt: skip
_END = (
    "bek", "dan", "fjär", "gate", "heim", "lux", "mir", "nyx",
    "port", "ran", "son", "tek", "via", "won", "zet", "ö",
)  # fmt: skip

_mixed = list(map("".join, product(_BEGIN, _MIDDLE, _END)))
Random(4).shuffle(_mixed)  # noqa: S311  # words, no secret
# Some four thousand, the most common first.
WORDS = tuple(_mixed)

_WEIGHTS = tuple(accumulate(1 / (place + 3) for place in range(len(WORDS))))

_SUBJECTS = ("{0}", "{0} {1}", "again, {0}", "since {0}", "near {0}")
_SENTENCES = (
    " It concerns {0} and {1}.",
    " The same as with {0}, {1} and {2} before.",
    " On {0} it says {1} {2}, on {3} nothing.",
    " Please tell {0} at {1}, who asked for {2} of the {3} kind.",
    " Notes: {0}, {1}, {2}, {3}, {4}, {5}.",
    " Our {0} stands between {1} and {2}; {3} has the papers.",
    " {0} wrote of {1} last week, and {2} answered with {3} and {4}.",
    "",
)
# So many words are drawn once. What is said is cut from them anywhere: to draw each word takes three times as long.
_DRAWN, _LONGEST = 1 << 18, 6


def suffix(rng: Random) -> str:
    """What sets one subject apart from those of its kind; often nothing."""
    if rng.random() < 0.3:
        return ""
    return f" ({_said(_SUBJECTS, rng)})"


def sentence(rng: Random) -> str:
    """A sentence more for a message, or none."""
    return _said(_SENTENCES, rng)


def _said(forms: Sequence[str], rng: Random) -> str:
    start = int(rng.random() * _DRAWN)
    return forms[start % len(forms)].format(*_drawn()[start : start + _LONGEST])


@cache
def _drawn() -> list[str]:
    """Words as often as they are used."""
    rng = Random(5)  # noqa: S311  # words, no secret
    return rng.choices(WORDS, cum_weights=_WEIGHTS, k=_DRAWN + _LONGEST)
