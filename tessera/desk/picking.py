"""Which columns a list shows and in which order, chosen and moved by hand.

Each list carries a row for every column that there is: as templates they took a fifth of its time.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tessera.desk import listing
from tickets.access import Actor
from tickets.columns import MOST_COLUMNS

UP, DOWN = "up", "down"
_MOVE = (
    '<button class="btn quiet small icon" type="submit" name="move" value="{}" aria-label="{}"{}>'
    '<svg class="i{}" aria-hidden="true"><use href="#i-down"/></svg></button>'
)
_ROW = (
    '<li><label><input type="checkbox" name="columns" value="{}"{}> <span>{}</span></label>'
    '<span class="moves">{}{}</span></li>'
)


@dataclass(frozen=True, slots=True)
class Choice:
    """A column that can be shown."""

    name: str
    header: str


@dataclass(frozen=True, slots=True)
class Picker:
    """The columns that are shown, in their order, and the others; `at` is the button that was pressed last, as
    `up:status`, from which the keyboard goes on."""

    shown: Sequence[Choice]
    others: Sequence[Choice]
    at: str = ""

    @property
    def shown_rows(self) -> list[SafeString]:
        """The rows of those that are shown, ticked."""
        return self._rows(self.shown, SafeString(" checked"))

    @property
    def other_rows(self) -> list[SafeString]:
        """Those of the others."""
        return self._rows(self.others, SafeString(""))

    def _rows(self, choices: Sequence[Choice], ticked: SafeString) -> list[SafeString]:
        moves = (
            (UP, _("%(name)s: further to the front"), " up"),
            (DOWN, _("%(name)s: further to the back"), ""),
        )
        return [
            format_html(
                _ROW, each.name, ticked, each.header, *(self._move(each, *move) for move in moves)
            )
            for each in choices
        ]

    def _move(self, choice: Choice, way: str, told: str, css: str) -> SafeString:
        value = f"{way}:{choice.name}"
        focus = SafeString(" autofocus" if value == self.at else "")
        return format_html(_MOVE, value, told % {"name": choice.header}, focus, css)


def picker(names: Sequence[str], actor: Actor, *, at: str = "") -> Picker:
    """For a list that shows the columns of these names, of which those that are not there are left out."""
    offered = dict(listing.offered(actor))
    shown = [Choice(name, offered.pop(name)) for name in names if name in offered]
    return Picker(shown, [Choice(*each) for each in offered.items()], at)


def named(given: QueryDict) -> tuple[str, ...]:
    """The columns of an address or a form, each once: given one by one, or in lists with commas. None, where none is.

    The one that `move` names is one place further up or down.
    """
    raw = ",".join(given.getlist("columns"))
    names = list(dict.fromkeys(name.strip() for name in raw.split(",") if name.strip()))
    way, _colon, name = given.get("move", "").partition(":")
    if name in names and way in (UP, DOWN):
        at = names.index(name)
        to = at - 1 if way == UP else at + 1
        if 0 <= to < len(names):
            names[at], names[to] = names[to], names[at]
    return tuple(names[:MOST_COLUMNS])
