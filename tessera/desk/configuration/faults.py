"""What is wrong with a configuration file, each with where it stands."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tessera.lib.errors import Refused

# Further faults of one file are not told: who mends these will see the rest.
MOST = 200


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault: line and column count from 1, `place` is the path in the file (`scrips[2].name`), "" for all of it."""

    line: int
    column: int
    place: str
    detail: str

    def __str__(self) -> str:
        told = f"{self.place}: {self.detail}" if self.place else self.detail
        words = {"line": self.line, "column": self.column, "told": told}
        return _("line %(line)d, column %(column)d: %(told)s") % words


class FileInvalid(Refused):
    """The file has faults; `faults` are all that could be found, in the order of the file."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(sorted(faults)[:MOST])
        told = ngettext(
            "The configuration file has %(count)d fault. Nothing was changed.",
            "The configuration file has %(count)d faults. Nothing was changed.",
            len(faults),
        )
        super().__init__(told % {"count": len(faults)})


class Overtaken(Refused):
    """The configuration has changed since the plan was shown."""

    status, code = 409, "version_conflict"

    def __init__(self) -> None:
        super().__init__(
            _("The configuration has changed since this plan was made: look at the plan again.")
        )
