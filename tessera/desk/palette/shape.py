"""What the palette is asked, and what it answers."""

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tessera.lib.query.fold import fold

MOST_TYPED, MOST_RECENT = 200, 12
_LONGEST_PATH = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One line. `link` is where it leads; what else it has does it on the page where one is, without leaving it:
    `key` the page's own key, `form` the address of its form, with the `transition` that this names, `then` the
    transition that the composer is to begin with, `press` a button; `needs` is what the page must have for that.

    `mark` stands before the label, `note` behind it, as `status` does with its `kind` and `color`.
    """

    label: str
    link: str
    mark: str = ""
    note: str = ""
    status: str = ""
    kind: str = ""
    color: str = ""
    key: str = ""
    form: str = ""
    transition: str = ""
    then: str = ""
    press: str = ""
    needs: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Choices under a title."""

    title: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Palette:
    """All of it. `slow`: subjects took too long to look through."""

    parts: tuple[Section, ...]
    slow: bool = False

    @property
    def sections(self) -> list[Section]:
        """Those that have something."""
        return [each for each in self.parts if each.choices]

    @property
    def told(self) -> str:
        """What a screen reader hears when it comes."""
        if self.slow:
            return _("Looking through all subjects takes too long: write more of the words.")
        count = sum(len(each.choices) for each in self.parts)
        return ngettext("%(count)s result", "%(count)s results", count) % {"count": count}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is `typed`, on which page (`at`, None for none of ours), and what was looked at last, the newest first:
    tickets' keys, and the addresses of views and queues as the inbox has them (`view=12`)."""

    typed: str
    at: ResolverMatch | None
    recent: tuple[str, ...]

    @classmethod
    def read(cls, given: QueryDict) -> "Asked":
        """Of a request's parameters, whatever stands in them."""
        recent = [each[:40] for each in given.get("recent", "")[:2000].split(",") if each]
        return cls(
            typed=given.get("q", "").replace("\x00", "")[:MOST_TYPED].strip(),
            at=_page(given.get("at", "")),
            recent=tuple(dict.fromkeys(recent))[:MOST_RECENT],
        )

    @property
    def words(self) -> tuple[str, ...]:
        """What a line must have somewhere, as `fits` compares it."""
        return tuple(fold(self.typed).split())


def _page(path: str) -> ResolverMatch | None:
    if not path.startswith("/") or len(path) > _LONGEST_PATH:
        return None
    try:
        return resolve(path)
    except Resolver404:
        return None


def fits(words: tuple[str, ...], *texts: Any) -> bool:
    """Whether each word stands somewhere in the texts."""
    told = fold(" ".join(map(str, texts)))
    return all(word in told for word in words)
