"""Tickets as a file for other programs: CSV, or a sheet for people.

A file is whole before its first byte leaves. A server that runs into an error in mid-stream can only stop sending,
which ours does as if the file ended there: the reader would take half of his tickets for all of them.

Sheets are written by XlsxWriter, whose rows go to the disk as they come. openpyxl can do the same, but is seldom
released, and fast with lxml alone.
"""

import csv
import io
import re
import tempfile
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any, TypeAlias

import xlsxwriter
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from tessera.lib.api.order import Term
from tessera.lib.errors import Invalid, QueryTooSlow, Refused
from tessera.lib.patience import TookTooLong, at_most
from tickets import config, seen
from tickets.access import Actor, may
from tickets.columns import Column, Names, Value, joined, plain_text
from tickets.models import Ticket
from tickets.orders import with_columns
from tickets.people import People
from tickets.state import TicketState, fetch

BATCH = 500
_IDS_AT_ONCE = 10_000
_PATIENCE = 30_000  # milliseconds for each ten thousand of the ids
# What a sheet holds, by ECMA-376: one row is for the headers.
SHEET_ROWS = 1_048_576 - 1
SHEET_TEXT = 32_767
# What a program that opens the file would take for the beginning of a formula: the signs in every width, behind white
# space and what is not seen at all.
_SIGN = r"[=+\-@＝＋－＠﹦﹢﹣﹫⁼⁺⁻₌₊₋]"
_UNSEEN = "\u200b-\u200f\u2060-\u2064\ufeff"
_CELL = re.compile(rf"[\t\r\n]|[\s{_UNSEEN}]*{_SIGN}")
# Where people write 1,5 for one and a half, programs cut a line of CSV at its semicolons, whatever its quotes say.
_CUT = re.compile(rf"(?<=[;\t\r\n])(?:[^\S\t\r\n]|[{_UNSEEN}])*{_SIGN}")
_OF_PEOPLE = frozenset({"owner", "creator"})
# Beyond it a sheet, which counts in doubles, would show another number.
_EXACT = 2**53

Cell: TypeAlias = str | int | bool | Decimal | None


class Gone(Refused):
    """Whoever asked for the file has gone: nobody reads this either."""


@dataclass(frozen=True)
class Table:
    """Which tickets, in which columns, for whom. The tickets and their order are fixed, what stands in them is read
    when their turn comes: one that the actor no longer sees by then is left out. `wanted` is asked now and then whether
    anybody still waits for it."""

    ids: Sequence[int]
    columns: tuple[Column, ...]
    actor: Actor
    wanted: Callable[[], bool] = lambda: True

    @classmethod
    def of(
        cls,
        rows: QuerySet[Ticket],
        terms: Sequence[Term],
        columns: tuple[Column, ...],
        actor: Actor,
    ) -> "Table":
        """The table of these rows: eight bytes a ticket, read by a cursor on the server. Raises `QueryTooSlow`."""
        rows = with_columns(rows, terms, actor.config)
        ordered = rows.order_by(*(term.sort() for term in terms)).values_list("pk", flat=True)
        try:
            with at_most(_PATIENCE):  # the cursor lives in its transaction
                ids = array("q", ordered.iterator(chunk_size=_IDS_AT_ONCE))
        except TookTooLong:
            raise QueryTooSlow(_("This search takes too long to be exported.")) from None
        return cls(ids, columns, actor)

    @property
    def header(self) -> list[str]:
        """The headers, of which fields' names are people's text."""
        return [harmless(str(column.header)) for column in self.columns]

    def rows(self) -> Iterator[list[Cell]]:
        """The cells of each ticket: five statements at most for each batch, whoever asks. Raises `Gone`."""
        people = People()
        for start in range(0, len(self.ids), BATCH):
            if not self.wanted():
                raise Gone("Nobody waits for the file any more.")
            yield from self._batch(self.ids[start : start + BATCH], people)

    def _batch(self, ids: Sequence[int], people: People) -> Iterator[list[Cell]]:
        actor = self.actor.under(config.current())
        names = Names(actor.config, people)
        found = fetch(ids)
        shown = [found[number] for number in ids if number in found]
        shown = [state for state in shown if may(actor, "ShowTicket", ticket=state)]
        if not _OF_PEOPLE.isdisjoint(column.name for column in self.columns):
            people.load(person for state in shown for person in (state.owner_id, state.creator_id))
        for state in seen.states(actor, shown):
            yield self._cells(state, names)

    def _cells(self, state: TicketState, names: Names) -> list[Cell]:
        return [cell(column.read(state, names)) for column in self.columns]


def cell(value: Value) -> Cell:
    """A value as one cell: numbers stay numbers, all else is text that no program takes for a formula."""
    if isinstance(value, str | tuple):
        return harmless(joined(value))
    if value is None or isinstance(value, bool | int | Decimal):
        return value
    return plain_text(value)


def harmless(text: str) -> str:
    """The text behind a quote, where a spreadsheet would read a formula: https://owasp.org/www-community/attacks/CSV_Injection."""
    return f"'{text}" if _CELL.match(text) else text


def write_csv(table: Table, file: IO[bytes]) -> None:
    """As `write_lines`."""
    write_lines(table.header, table.rows(), file)


def write_lines(header: Sequence[str], rows: Iterable[Sequence[Cell]], file: IO[bytes]) -> None:
    """CSV: UTF-8 without a mark, lines that end in CR LF as RFC 4180 has them. Texts must be `harmless` already; within
    them, too, a quote stands where a program that cuts the line otherwise would read a formula."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=False)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(map(_uncut, header))
    for row in rows:
        writer.writerow(
            [_uncut(value) if isinstance(value, str) else plain_text(value) for value in row]
        )
    text.flush()
    text.detach()  # else the file would be closed with its wrapper


def _uncut(text: str) -> str:
    return _CUT.sub(r"'\g<0>", text)


def write_xlsx(table: Table, file: IO[bytes]) -> None:
    """One sheet, its headers fixed. Rows go to a file as they come. Raises Invalid for more than it holds."""
    if len(table.ids) > SHEET_ROWS:
        told = _("finds more than the %(most)d tickets that a sheet holds: narrow it, or take CSV")
        raise Invalid({"q": [told % {"most": SHEET_ROWS}]})
    with tempfile.TemporaryDirectory(prefix="tessera-export-") as folder:
        options = {"constant_memory": True, "tmpdir": folder, "use_zip64": True}
        book = xlsxwriter.Workbook(file, options)
        sheet = book.add_worksheet(_("Tickets"))
        sheet.freeze_panes(1, 0)
        bold = book.add_format({"bold": True})
        for place, header in enumerate(table.header):
            sheet.write_string(0, place, header, bold)
        for number, row in enumerate(table.rows(), start=1):
            for place, value in enumerate(row):
                _write(sheet, number, place, value)
        book.close()


def _write(sheet: Any, row: int, place: int, value: Cell) -> None:
    if isinstance(value, bool):
        sheet.write_boolean(row, place, value)
    elif isinstance(value, int | Decimal) and _is_exact(value):
        sheet.write_number(row, place, float(value))
    elif value is not None:
        text = plain_text(value)
        cut = text if len(text) <= SHEET_TEXT else f"{text[: SHEET_TEXT - 1]}…"
        sheet.write_string(row, place, cut)


def _is_exact(value: int | Decimal) -> bool:
    if isinstance(value, int):
        return abs(value) <= _EXACT
    return Decimal(repr(float(value))) == value


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file: its ending, its media type, and what writes it."""

    ending: str
    media_type: str
    write: Callable[[Table, IO[bytes]], None]


CSV = Format("csv", "text/csv; charset=utf-8", write_csv)
XLSX = Format(
    "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", write_xlsx
)


def written(table: Table, kind: Format) -> IO[bytes]:
    """The whole file, at its beginning; it goes when it is closed."""
    file = tempfile.TemporaryFile(prefix="tessera-export-")  # noqa: SIM115  # whoever sends it closes it
    try:
        kind.write(table, file)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file
