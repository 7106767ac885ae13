"""
Fonts for the pages: subsets of Inter and JetBrains Mono as WOFF2, made once at set-up.

`python -m tessera.setup_assets` writes them to `static/fonts`, which git ignores. The packages' own files are ten
times as large: every script, every weight, every optical size. Run again, it finds them made and ends at once.
"""

import hashlib
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from tessera import setup_messages

FOLDER = Path(__file__).resolve().parent.parent / "static" / "fonts"
_NOTE = ".made"

# Latin with its extensions, marks that combine, punctuation, currencies, arrows, mathematical and box signs.
# What else a text holds, the reader's system draws.
_BLOCKS = (
    (0x20, 0x7E),
    (0xA0, 0x17F),
    (0x18F, 0x18F),
    (0x192, 0x192),
    (0x1A0, 0x1A1),
    (0x1AF, 0x1B0),
    (0x1CD, 0x1DC),
    (0x1E6, 0x1E7),
    (0x1FA, 0x1FF),
    (0x218, 0x21B),
    (0x237, 0x237),
    (0x2B9, 0x2DD),
    (0x300, 0x304),
    (0x306, 0x30C),
    (0x323, 0x328),
    (0x1E80, 0x1E9E),
    (0x1EA0, 0x1EF9),
    (0x2000, 0x206F),
    (0x2070, 0x209F),
    (0x20A0, 0x20BF),
    (0x2100, 0x214F),
    (0x2190, 0x21FF),
    (0x2200, 0x22FF),
    (0x2318, 0x2318),
    (0x2325, 0x2325),
    (0x25A0, 0x25CF),
    (0x2713, 0x2717),
    (0xFB01, 0xFB02),
    (0xFFFD, 0xFFFD),
)
# The lightest and the heaviest weight that any page uses.
_WEIGHTS = (400.0, 700.0)


@dataclass(frozen=True)
class _Font:
    """One file to be made. `axes` pins an axis to a number or narrows it to a range."""

    package: str
    source: str
    target: str
    axes: dict[str, float | tuple[float, float]]
    features: Sequence[str]


_FONTS = (
    _Font(
        package="fontpkg_inter",
        source="files/Inter[opsz,wght].ttf",
        target="inter.woff2",
        axes={"opsz": 14.0, "wght": _WEIGHTS},
        features=("calt", "case", "ccmp", "cv01", "kern", "locl", "mark", "mkmk", "ss03", "tnum"),
    ),
    _Font(
        package="fontpkg_jetbrains_mono",
        source="files/JetBrainsMono[wght].ttf",
        target="jetbrains-mono.woff2",
        axes={"wght": _WEIGHTS},
        # Without calt: a query shows the characters that were typed, not ligatures of them.
        features=("ccmp", "locl", "mark", "mkmk", "zero"),
    ),
)


def make(folder: Path = FOLDER) -> bool:
    """Make what is missing or of another version; True where there was something to do."""
    wanted = _fingerprint()
    note = folder / _NOTE
    complete = all((folder / font.target).exists() for font in _FONTS)
    if complete and note.exists() and note.read_text() == wanted:
        return False
    folder.mkdir(parents=True, exist_ok=True)
    for font in _FONTS:
        _make_one(font, folder)
    note.write_text(wanted)
    return True


def _fingerprint() -> str:
    """What the files are made from: this recipe, and the packages in their versions."""
    recipe = hashlib.sha256(Path(__file__).read_bytes())
    for font in _FONTS:
        recipe.update(f"{font.package} {version(font.package.replace('_', '-'))}\n".encode())
    return recipe.hexdigest()


def _make_one(font: _Font, folder: Path) -> None:
    # Imported here: they take a second, which a run with nothing to do need not.
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    package = files(font.package)
    options = subset.Options()
    options.layout_features = list(font.features)
    options.hinting = False
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]  # names, copyright and licence
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[c for first, last in _BLOCKS for c in range(first, last + 1)])
    with package.joinpath(font.source).open("rb") as source:
        drawn = TTFont(source, lazy=False)
        # Fewer glyphs first: the axes are narrowed glyph by glyph.
        subsetter.subset(drawn)
        drawn = instancer.instantiateVariableFont(drawn, font.axes)
    drawn.flavor = "woff2"
    # Whole or not at all: a run that is interrupted leaves no half file.
    unfinished = folder / f"{font.target}.part"
    drawn.save(unfinished)
    unfinished.replace(folder / font.target)
    # The licence of both asks to go where they go.
    with package.joinpath("LICENSE").open("rb") as licence:
        shutil.copyfileobj(licence, (folder / f"{Path(font.target).stem}.LICENSE.txt").open("wb"))


if __name__ == "__main__":
    if make():
        sys.stdout.write("Made the fonts of the pages.\n")
    if setup_messages.make():
        sys.stdout.write("Compiled the translations.\n")
