"""The one rule by which texts are compared without case, in memory and in the database."""

from unicodedata import normalize


def fold(text: str) -> str:
    """The text as comparisons see it: Unicode's case folding between two normalisations to NFC."""
    if text.isascii():
        return text.lower()
    return normalize("NFC", normalize("NFC", text).casefold())
