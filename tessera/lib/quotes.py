"""What somebody said himself in a plain text, and what he quotes."""

from collections.abc import Iterator
from dataclasses import dataclass

# Longer quotes are history: who wants it opens it.
_LONG = 600


@dataclass(frozen=True, slots=True)
class Part:
    """Paragraphs in a row that are said (`quoted` is false) or quoted, without the marks; `folded` are quotes that are
    long or after which nothing is said."""

    paragraphs: tuple[str, ...]
    quoted: bool = False
    folded: bool = False


def parts(text: str) -> tuple[Part, ...]:
    """The text in its order. Empty lines between two quotes do not part them."""
    runs = list(_runs(text.replace("\r\n", "\n").split("\n")))
    found = []
    for index, (quoted, lines) in enumerate(runs):
        shown = paragraphs("\n".join(lines))
        last = index == len(runs) - 1
        long = sum(map(len, lines)) > _LONG
        found.append(Part(shown, quoted, folded=quoted and (last or long)))
    return tuple(part for part in found if part.paragraphs)


def paragraphs(text: str) -> tuple[str, ...]:
    """What empty lines part."""
    return tuple(part.strip("\n") for part in text.split("\n\n") if part.strip())


def _runs(lines: list[str]) -> Iterator[tuple[bool, list[str]]]:
    """Lines of one kind in a row, quotes without their first mark; empty lines go with what stands before them."""
    kind, run = False, list[str]()
    for line in lines:
        quoted = line.startswith(">")
        if line.strip() and quoted != kind:
            if any(each.strip() for each in run):
                yield kind, run
            kind, run = quoted, []
        run.append(line[1:].removeprefix(" ") if quoted else line)
    if any(each.strip() for each in run):
        yield kind, run
