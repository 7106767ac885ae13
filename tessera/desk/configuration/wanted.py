"""A file as entries: its sections known, each entry of the right shape, none twice."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from tessera.desk.configuration import document, shape
from tessera.desk.configuration.document import Document, Path
from tessera.desk.configuration.faults import Fault, FileInvalid
from tessera.desk.configuration.items import Entry, Identity
from tessera.desk.configuration.sections import SECTIONS, Section

# The file says after which rules it was written. Files of other numbers are refused, not guessed at.
MARK, FORMAT = "tessera", 1
_WAS = "was"


@dataclass(frozen=True)
class Wanted:
    """What a file wants: the entries of each section that it has. The others are left as they are."""

    document: Document
    sections: Mapping[str, tuple[Entry, ...]]


def read(text: str) -> Wanted:
    """Raises `FileInvalid` with every fault that shows in the file alone."""
    found = document.read(text)
    if not isinstance(found.value, dict) or not found.value:
        told = _("must be a mapping that begins with “tessera: 1”; an export shows how it looks")
        raise FileInvalid([found.fault((), told)])
    faults = list(_faults_of_head(found))
    sections: dict[str, tuple[Entry, ...]] = {}
    for name, section in SECTIONS.items():
        if name in found.value:
            reading = _Reading(found, section)
            sections[name] = reading.entries(found.value[name])
            faults += reading.faults
    if faults:
        raise FileInvalid(faults)
    return Wanted(found, sections)


def _faults_of_head(found: Document) -> Iterator[Fault]:
    known = {MARK, *SECTIONS}
    for name in found.value:
        if name not in known:
            yield found.fault((name,), shape.unknown(name, known))
    if found.value.get(MARK) != FORMAT:
        told = _("must begin with “tessera: 1”, the rules that this file is written by")
        yield found.fault((MARK,), told)


class _Reading:
    """One section of one file, with what is wrong in it."""

    def __init__(self, found: Document, section: Section) -> None:
        self._found, self._section = found, section
        self._seen: dict[Identity, Path] = {}
        self.faults: list[Fault] = []

    def entries(self, raw: Any) -> tuple[Entry, ...]:
        """Those that are whole."""
        name = self._section.name
        if not isinstance(raw, list):
            told = _("must be a list; [] says that there are none, and leaving it out leaves them")
            self.faults.append(self._found.fault((name,), told))
            return ()
        made = (self._entry(each, (name, place)) for place, each in enumerate(raw))
        return tuple(entry for entry in made if entry is not None)

    def _entry(self, raw: Any, path: Path) -> Entry | None:
        section = self._section
        also = (_WAS,) if section.renames else ()
        faults = shape.faults_of(raw, section.shape, also=also)
        was = raw.get(_WAS) if isinstance(raw, dict) else None
        if also and was is not None and not isinstance(was, str):
            faults.append(((_WAS,), _("must be the name that it had")))
        self.faults += [self._found.fault((*path, *below), told) for below, told in faults]
        if faults:
            return None
        body = section.normal(shape.filled(raw, section.shape))
        self._refuse_twin(section.identity(body), path)
        return Entry(section.name, section.label(body), body, path, was)

    def _refuse_twin(self, identity: Identity, path: Path) -> None:
        first = self._seen.setdefault(identity, path)
        if first is not path and not self._section.twins:
            line = self._found.places[first][0]
            told = _("stands here a second time; the first is in line %(line)d")
            self.faults.append(self._found.fault(path, told % {"line": line}))
