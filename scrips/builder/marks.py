"""What is wrong with the texts of a rule's settings, by their lines: all of it, and not the first alone."""

from collections.abc import Iterator, Sequence

from scrips.builder.controls import Control
from scrips.builder.parts import Part
from scrips.checking import Checker
from scrips.facts import NAMES
from scrips.letters.letter import Fault
from scrips.rendering import faults


def mark(part: Part) -> None:
    """Gives each text of the half its faults by line; what is told of it otherwise stays told."""
    known = Checker(part.known.config, part.known.own).field_keys
    for control in _texts(part.controls):
        found: list[Fault] = []
        told: set[str] = set()
        for piece in control.pieces:
            for each in faults(piece.text, known_fields=known, names=NAMES):
                found.append(Fault(piece.line + each.line - 1, each.reason))
                told |= {str(each), f"{piece.name}: {each}"}
        found += [Fault(0, each) for each in control.faults if each not in told]
        control.marks = found


def _texts(controls: Sequence[Control]) -> Iterator[Control]:
    for control in controls:
        if control.rendered:
            yield control
        yield from _texts(control.children)
