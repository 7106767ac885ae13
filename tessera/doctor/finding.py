"""What a probe finds."""

from dataclasses import dataclass
from enum import IntEnum

from django.utils.translation import gettext as _


class Level(IntEnum):
    """The worst of all findings is the exit code."""

    WELL = 0
    LOOK = 1
    TROUBLE = 2

    @property
    def word(self) -> str:
        """For people."""
        return (_("well"), _("look"), _("trouble"))[self]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what it is, how it is, and what to do where that is not well."""

    part: str
    level: Level
    told: str
    todo: str = ""


def well(part: str, told: str) -> Finding:
    """Nothing to do."""
    return Finding(part, Level.WELL, told)


def look(part: str, told: str, todo: str) -> Finding:
    """Works, and is worth a look."""
    return Finding(part, Level.LOOK, told, todo)


def trouble(part: str, told: str, todo: str) -> Finding:
    """Does not work, or is not safe."""
    return Finding(part, Level.TROUBLE, told, todo)
