"""
The translations as the pages read them: each catalogue of `locale` compiled, beside its source; git ignores them.

Set-up, `tessera up` and the tests make them. Run again, it finds them newer than their sources and ends at once.
"""

import io
import os
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "locale"


def make(folder: Path = FOLDER) -> bool:
    """Compile what is missing or older than its source; True where there was something to do."""
    stale = [source for source in sorted(folder.glob("*/LC_MESSAGES/*.po")) if not _made(source)]
    for source in stale:
        _compile(source)
    return bool(stale)


def _made(source: Path) -> bool:
    compiled = source.with_suffix(".mo")
    return compiled.exists() and compiled.stat().st_mtime_ns > source.stat().st_mtime_ns


def _compile(source: Path) -> None:
    # Imported here: a run with nothing to do need not wait for them.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with source.open("rb") as stream:
        catalogue = read_po(stream, locale=source.parent.parent.name, abort_invalid=True)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    # Whole or not at all, also when two make it at once.
    unfinished = source.with_suffix(f".{os.getpid()}.part")
    unfinished.write_bytes(compiled.getvalue())
    unfinished.replace(source.with_suffix(".mo"))
