"""The rows of a list of tickets, drawn. As templates fifty of them were two thirds of a page's time.

What many rows have alike (a status, a person, a priority) is drawn by its template, once for a page.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tessera.desk import due
from tessera.lib import clock, moments
from tickets.columns import Column, Names, joined
from tickets.people import Person
from tickets.state import TicketState

# The columns that have a form of their own, as the style sheet calls them.
_LOOKS: Mapping[str, str] = {
    "key": "key",
    "subject": "subject",
    "status": "status",
    "owner": "owner",
    "priority": "prio",
    "due_at": "due",
    "created_at": "age",
    "updated_at": "last",
}
# Kinds of a status in which a date that has passed is nobody's worry any more.
_DONE = frozenset({"inactive", "danger"})
_ANY = "TKT-0001"
_TICK = (
    '<td class="tick-cell"><label class="tick"><input type="checkbox" name="id" value="{}">'
    '<span class="sr">{}</span></label></td>'
)
_SIGN = (
    ' <span class="sign" title="{0}"><svg class="i" aria-hidden="true"><use href="#i-warn"/></svg>'
    '<span class="sr">{0}</span></span>'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One ticket of the list. `kind` is its status's: initial, active, inactive, or danger for deleted ones; `color`
    the one that its lifecycle gives it; `signs` what went wrong on it, `unread` whether it changed since the reader
    last opened it."""

    state: TicketState
    kind: str
    queue: str
    requestor: Person | None
    owner: Person | None
    color: str = ""
    signs: tuple[str, ...] = ()
    unread: bool = False


def look(name: str) -> str:
    """What the style sheet calls a column."""
    return _LOOKS.get(name, "more")


def css(name: str) -> str:
    """The class of its cells."""
    return f"{look(name)}-cell{' end' if name in ('created_at', 'updated_at') else ''}"


def lead(shown: Sequence[Column]) -> str:
    """The column that names a row."""
    names = [column.name for column in shown]
    return next((name for name in ("subject", "key") if name in names), names[0])


class Sheet:
    """The rows of one page, in these columns."""

    def __init__(self, shown: Sequence[Column], names: Names) -> None:
        self._names, self._lead = names, lead(shown)
        self._cells = [(column.name, self._form(column)) for column in shown]
        # Where the list shows the dates themselves, a sign would say it twice.
        self._signs_due = all(column.name != "due_at" for column in shown)
        self._frame = "<tr{}>" + _TICK + "".join(map(self._place, shown)) + "</tr>\n"
        self._select, self._nobody, self._new = _("Select %(key)s"), _("Nobody"), _("Unread:")
        # Looked up once: a key is letters, digits and a dash, in an address as elsewhere.
        self._site = reverse("ticket", kwargs={"key": _ANY}).removesuffix(_ANY)
        self._undated = format_html('<span class="sr">{}</span>', _("No due date"))
        self._drawn: dict[tuple[str, object], SafeString] = {}

    def row(self, line: Line) -> SafeString:
        """The whole row."""
        state = line.state
        cells = [
            self._leading(line, name, drawn(line)) if name == self._lead else drawn(line)
            for name, drawn in self._cells
        ]
        new = SafeString(' class="unread"' if line.unread else "")
        return format_html(self._frame, new, state.id, self._select % {"key": state.key}, *cells)

    def _place(self, column: Column) -> str:
        place = '<th scope="row" class="{}">{{}}</th>' if column.name == self._lead else ""
        return (place or '<td class="{}">{{}}</td>').format(css(column.name))

    def _form(self, column: Column) -> Callable[[Line], str]:
        own: Mapping[str, Callable[[Line], str]] = {
            "key": lambda line: format_html('<span class="mono muted">{}</span>', line.state.key),
            "subject": lambda line: line.state.subject or _("No subject"),
            "status": self._status,
            "owner": self._owner,
            "priority": self._priority,
            "due_at": self._due,
            "created_at": lambda line: _age(line.state.created_at),
            "updated_at": lambda line: _age(line.state.updated_at),
        }
        return own.get(column.name) or (lambda line: self._other(column, line))

    def _leading(self, line: Line, name: str, drawn: str) -> SafeString:
        """The cell that names the row: a link to the ticket, what is wrong on it, whose it is."""
        unread = format_html('<span class="sr">{} </span>', self._new) if line.unread else ""
        signs = format_html_join("", _SIGN, ((sign,) for sign in line.signs))
        if self._signs_due and line.state.due_at and line.kind not in _DONE:
            signs += due.sign(line.state.due_at)
        link = self._site + line.state.key
        whose = self._whose(line) if name == "subject" else ""
        return format_html('<a href="{}">{}{}</a>{}{}', link, unread, drawn, signs, whose)

    @staticmethod
    def _whose(line: Line) -> SafeString:
        asked = f"{line.requestor.name}, " if line.requestor else ""
        return format_html(' <span class="from">{}{}</span>', asked, line.queue)

    def _status(self, line: Line) -> SafeString:
        told = {"kind": line.kind, "color": line.color, "status": line.state.status}
        return self._once("desk/_pill.html", tuple(told.values()), told)

    def _owner(self, line: Line) -> SafeString:
        if line.owner is None:
            return format_html('<span class="muted">{}</span>', self._nobody)
        return self._once("desk/_person.html", line.owner, {"person": line.owner})

    def _priority(self, line: Line) -> SafeString:
        number = line.state.priority
        return self._once("desk/ticket/_priority.html", number, {"priority": number})

    def _due(self, line: Line) -> SafeString:
        value = line.state.due_at
        if value is None:
            return self._undated
        if line.kind not in _DONE:
            return due.near(value)
        return format_html(
            '<span class="soft">{}</span>', moments.element(value, moments.day(value))
        )

    def _other(self, column: Column, line: Line) -> SafeString:
        value: Any = column.read(line.state, self._names)
        words = moments.element(value) if isinstance(value, datetime) else joined(value)
        return format_html('<span class="lab">{}</span> {}', column.header, words)

    def _once(self, template: str, what: object, told: Mapping[str, object]) -> SafeString:
        drawn = self._drawn.get((template, what))
        if drawn is None:
            drawn = self._drawn[template, what] = render_to_string(template, told)
        return drawn


def _age(moment: datetime) -> SafeString:
    words = moments.span(clock.now() - moment)
    return format_html('<span class="soft num">{}</span>', moments.element(moment, words))
