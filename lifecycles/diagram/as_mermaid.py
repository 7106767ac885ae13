"""A definition as text in Mermaid's notation (`stateDiagram-v2`)."""

from collections.abc import Iterator, Sequence

from lifecycles.diagram import words
from lifecycles.diagram.picture import Picture, picture
from lifecycles.diagram.text import plain
from lifecycles.parts import KINDS, Definition, Transition

# Mermaid has no second set of colours for the dark, so each kind brings its ground along.
_CLASSES = {
    "initial": "fill:#ecedfa,stroke:#474aab,color:#1d1f1e",
    "active": "fill:#e2f2e6,stroke:#1c683a,color:#1d1f1e",
    "inactive": "fill:#ebe8e1,stroke:#57544c,color:#1d1f1e",
    "current": "stroke-width:4px",
    "whence": "fill:none,stroke-dasharray:3 3",
}
_BEGIN = "[*]"
_PLAIN = frozenset(" abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,_-")


def mermaid(definition: Definition, *, current: str | None = None) -> str:
    """The state diagram of a definition, with the status `current` (in any case) marked.

    Every sign of a name that could mean something to Mermaid, or to the page that shows it, is written
    as its entity code.
    """
    return "\n".join(_lines(picture(definition, current=current))) + "\n"


def _lines(whole: Picture) -> Iterator[str]:
    yield "stateDiagram-v2"
    yield "    direction TB"
    yield f"    accTitle: {_quoted(words.counted(whole))}"
    for kind, look in _CLASSES.items():
        yield f"    classDef {kind} {look}"
    for index, tile in enumerate(whole.tiles):
        yield f'    state "{_quoted(plain(tile.name))}" as s{index}'
    for way in whole.ways:
        source = _BEGIN if way.source is None else f"s{way.source}"
        if not way.transitions:
            yield f"    {source} --> s{way.target}"
        yield from _ways(source, way.target, way.transitions)
    for index, tile in enumerate(whole.tiles):
        yield from _ways(f"s{index}", index, tile.loops)
        yield from _ways(_BEGIN, index, tile.begins)
        if tile.anywhere:
            yield f'    state "{_quoted(words.from_anywhere())}" as a{index}'
            yield from _ways(f"a{index}", index, tile.anywhere)
            yield f"    class a{index} whence"
    for kind in KINDS:
        members = [f"s{index}" for index, tile in enumerate(whole.tiles) if tile.kind == kind]
        if members:
            yield f"    class {','.join(members)} {kind}"
    if whole.current is not None:
        yield f"    class s{whole.current} current"


def _ways(source: str, target: int, transitions: Sequence[Transition]) -> Iterator[str]:
    """An arrow for each."""
    for transition in transitions:
        yield f"    {source} --> s{target} : {_label(transition)}"


def _label(transition: Transition) -> str:
    asked = (words.roles_of(transition), words.right_of(transition))
    told = ", ".join(filter(None, asked))
    parts = (
        words.label_of(transition),
        f"({told})" if told else "",
        words.guard_of(transition),
    )
    return _quoted(" ".join(filter(None, parts)))


def _quoted(text: str) -> str:
    """The text with all but plain signs as entity codes."""
    return "".join(
        char if char in _PLAIN or (ord(char) > 0x7F and char.isalnum()) else f"#{ord(char)};"
        for char in text
    )
