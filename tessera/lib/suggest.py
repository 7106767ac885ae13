"""The nearest known name, for errors that say what was probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The name among `known` that `word` most resembles without regard to case, or None."""
    names = {name.casefold(): name for name in sorted(known, reverse=True)}
    found = get_close_matches(word[:100].casefold(), names, n=1, cutoff=0.7)
    return names[found[0]] if found else None
