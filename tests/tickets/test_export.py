"""Tickets as CSV and as a sheet."""

import csv
import io
import re
import tracemalloc
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest

from customfields.models import CustomField
from tessera.lib.errors import Invalid
from tests.office import Office
from tests.people import grant
from tests.tickets.test_door import create
from tickets import columns, config, export, service
from tickets.access import Actor, visible_to
from tickets.export import CSV, XLSX, Format, Table, cell, harmless
from tickets.models import QueueField, Ticket
from tickets.orders import PLAIN

_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def make(office: Office, **values: Any) -> int:
    return create(office, **values).ticket.id


def table(office: Office, *names: str, actor: Actor | None = None, order: str = "id") -> Table:
    wanted = columns.read(names, config.current(), fields=config.current().fields)
    somebody = actor or office.admin
    return Table.of(visible_to(somebody), PLAIN.parse(order), wanted, somebody)


def written(made: Table, kind: Format) -> bytes:
    with export.written(made, kind) as file:
        return file.read()


def lines(made: Table) -> list[list[str]]:
    text = written(made, CSV).decode()
    return list(csv.reader(io.StringIO(text, newline="")))


def sheet(content: bytes) -> list[list[tuple[str, str]]]:
    """The rows of the only sheet: each cell's type (`inlineStr`, `n`, `b`) and text."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        root = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314  # ours

    def cells(row: ElementTree.Element) -> Iterator[tuple[str, str]]:
        for each in row.iter(f"{_SHEET}c"):
            yield each.get("t", "n"), "".join(each.itertext())

    return [list(cells(row)) for row in root.iter(f"{_SHEET}row")]


def field(office: Office, key: str, field_type: str, **more: Any) -> None:
    made = CustomField.objects.create(key=key, name=key.title(), field_type=field_type, **more)
    QueueField.objects.create(queue=office.support, field=made, position=9)


def test_headers_are_for_people_and_cells_for_programs(office: Office) -> None:
    first = make(
        office,
        subject="Printer",
        queue_id=office.support.pk,
        owner_id=office.ann.pk,
        due_at="2026-03-31T09:00:00+02:00",
        requestors=["a@example.com", "b@example.com"],
        custom_fields={"severity": "high", "tags": ["a", "b"]},
    )
    names = (
        *("id", "key", "subject", "queue", "owner", "due_at", "requestors", "cf.severity"),
        *("cf.tags", "resolved_at"),
    )

    assert lines(table(office, *names)) == [
        [
            *("ID", "Key", "Subject", "Queue", "Owner", "Due", "Requestors", "Severity", "Tags"),
            "Resolved",
        ],
        [
            *(str(first), f"TKT-{first:04d}", "Printer", "Support", "ann", "2026-03-31T07:00:00Z"),
            *("a@example.com, b@example.com", "high", "a, b", ""),
        ],
    ]


def test_every_column_can_be_exported(office: Office) -> None:
    other = make(office)
    create(
        office,
        queue_id=office.support.pk,
        cc=["c@example.com"],
        links={"depends_on": [other]},
        custom_fields={"tags": ["b"]},
    )
    rows = lines(table(office, *columns.COLUMNS))

    assert len({len(row) for row in rows}) == 1
    found = dict(zip(columns.COLUMNS, rows[2], strict=True))
    assert found["watchers"] == "cc: c@example.com"
    assert found["links"] == f"depends_on: {other}"
    assert found["custom_fields"] == "Tags: b"
    assert dict(zip(columns.COLUMNS, rows[1], strict=True))["custom_fields"] == ""


@pytest.mark.parametrize(
    "text",
    [
        *("=1+1", "+49 30", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1+1", "＝1+1"),
        "=cmd|' /C calc'!A0",
        *("\u200b=1", "\ufeff=1", "\u00a0=1", "﹦1", "⁼1", " \u200b -1"),
    ],
)
def test_text_is_no_formula(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=b", "1-2", "'=1", "Printer\n=1"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("x;=1+1;y", "x;'=1+1;y"),
        ("x; -1", "x;' -1"),
        ("x\t@SUM(A1)", "x\t'@SUM(A1)"),
        ("Printer\n=1", "Printer\n'=1"),
        ("\ufeff=1;＝2", "'\ufeff=1;'＝2"),
        ("a;b=1", "a;b=1"),
        ("1-2, -3", "1-2, -3"),
    ],
)
def test_text_is_no_formula_either_where_a_program_cuts_the_line_at_semicolons(
    text: str, written: str
) -> None:
    file = io.BytesIO()
    export.write_lines([harmless(text)], [[harmless(text), -5]], file)

    lines = list(csv.reader(io.StringIO(file.getvalue().decode(), newline="")))
    assert lines == [[written], [written, "-5"]]


def test_numbers_stay_numbers() -> None:
    assert [cell(value) for value in (-5, Decimal("-12.50"), True, None)] == [
        -5,
        Decimal("-12.50"),
        True,
        None,
    ]
    assert cell((-5, 6)) == "'-5, 6"


def test_numbers_of_fields_are_numbers_in_both_files_and_text_is_none(office: Office) -> None:
    field(office, "amount", "Integer")
    field(office, "price", "Decimal")
    field(office, "paid", "Boolean")
    field(office, "phone", "Freeform")
    values = {"amount": -5, "price": "-12.5", "paid": True, "phone": "+49 30"}
    make(office, subject="=1+1", queue_id=office.support.pk, custom_fields=values)
    made = table(office, "subject", "cf.amount", "cf.price", "cf.paid", "cf.phone")

    assert lines(made)[1] == ["'=1+1", "-5", "-12.5", "true", "'+49 30"]
    assert sheet(written(made, XLSX))[1] == [
        ("inlineStr", "'=1+1"),
        ("n", "-5"),
        ("n", "-12.5"),
        ("b", "1"),
        ("inlineStr", "'+49 30"),
    ]


def test_a_sheet_shows_no_other_number_than_the_ticket_has(office: Office) -> None:
    field(office, "big", "Integer")
    field(office, "fine", "Decimal")
    values = {"big": 2**63 - 1, "fine": "0.1234567890123456789"}
    make(office, queue_id=office.support.pk, custom_fields=values)

    assert sheet(written(table(office, "cf.big", "cf.fine"), XLSX))[1] == [
        ("inlineStr", "9223372036854775807"),
        ("inlineStr", "0.1234567890123456789"),
    ]


def test_a_text_longer_than_a_cell_is_cut_in_a_sheet_alone(office: Office) -> None:
    field(office, "story", "Text")
    make(office, queue_id=office.support.pk, custom_fields={"story": "x" * 40_000})
    made = table(office, "cf.story")

    assert len(lines(made)[1][0]) == 40_000
    shown = sheet(written(made, XLSX))[1][0][1]
    assert (len(shown), shown[-1]) == (export.SHEET_TEXT, "…")


def test_fields_of_one_name_are_told_apart_by_their_keys(office: Office) -> None:
    make(office)
    CustomField.objects.create(key="other", name="Severity", field_type="Freeform")

    assert lines(table(office, "cf.severity", "cf.other"))[0] == [
        "Severity (cf.severity)",
        "Severity (cf.other)",
    ]


def test_a_header_is_text_as_well(office: Office) -> None:
    CustomField.objects.create(key="evil", name="=1+1", field_type="Freeform")
    assert lines(table(office, "cf.evil"))[0] == ["'=1+1"]


def test_a_field_of_another_queue_is_empty(office: Office) -> None:
    number = make(office, queue_id=office.support.pk, custom_fields={"severity": "low"})
    service.apply(number, {"queue_id": office.other.pk}, actor=office.admin)
    assert lines(table(office, "cf.severity", "custom_fields"))[1] == ["", ""]


def test_rows_come_in_their_order_over_many_batches(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "BATCH", 2)
    made = [make(office, subject=f"{place}", priority=place) for place in range(5)]

    found = [row[0] for row in lines(table(office, "id", order="-priority"))[1:]]
    assert found == [str(number) for number in reversed(made)]


@pytest.mark.parametrize("kind", [CSV, XLSX])
def test_a_file_takes_no_more_memory_for_ten_times_as_many_rows(
    office: Office, monkeypatch: pytest.MonkeyPatch, kind: Format
) -> None:
    """A hundred thousand rows are two hundred batches: of twenty no more is held than of two."""
    monkeypatch.setattr(export, "BATCH", 25)
    number = make(office, subject="A long subject that would be missed " * 7)
    one = table(office, "id", "subject", "queue", "owner")

    def peak(rows: int) -> int:
        tracemalloc.start()
        with export.written(replace(one, ids=[number] * rows), kind):
            found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(25)
    assert peak(500) - peak(50) < 60_000  # the rows alone are 125,000 characters more


def test_a_ticket_that_is_no_longer_seen_when_its_turn_comes_is_left_out(office: Office) -> None:
    kept = make(office, queue_id=office.support.pk)
    moved = make(office, queue_id=office.support.pk)
    grant("agent", user=office.ann, queue=office.support)
    made = table(office, "id", actor=Actor.of(office.ann))
    service.apply(moved, {"queue_id": office.other.pk}, actor=office.admin)

    assert [row[0] for row in lines(made)[1:]] == [str(kept)]


def test_links_lead_to_tickets_that_one_sees(office: Office) -> None:
    far = make(office, queue_id=office.other.pk)
    make(office, queue_id=office.support.pk, links={"depends_on": [far]})
    grant("agent", user=office.ann, queue=office.support)
    actor = Actor.of(office.ann)

    assert lines(table(office, "depends_on", "links", actor=actor))[1] == ["", ""]
    assert lines(table(office, "depends_on"))[2] == [str(far)]


def test_what_does_not_fit_a_sheet_is_refused(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "SHEET_ROWS", 1)
    make(office)
    make(office)
    with pytest.raises(Invalid):
        written(table(office, "id"), XLSX)
    assert len(lines(table(office, "id"))) == 3


def test_no_control_character_breaks_a_sheet(office: Office) -> None:
    field(office, "raw", "Text")
    make(office, queue_id=office.support.pk, custom_fields={"raw": "a\x01\x1f<&>\"' \U0001f600"})

    ((_kind, text),) = sheet(written(table(office, "cf.raw"), XLSX))[1]
    assert re.sub(r"_x00[0-9A-F]{2}_", "?", text) == "a??<&>\"' \U0001f600"
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize("kind", [CSV, XLSX])
def test_a_file_that_nobody_waits_for_any_more_is_given_up(
    office: Office, kind: Format, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "BATCH", 1)
    asked: list[int] = []
    for _ in range(3):
        make(office)

    def wanted() -> bool:
        asked.append(1)
        return len(asked) < 2

    with pytest.raises(export.Gone):
        export.written(replace(table(office, "id"), wanted=wanted), kind)

    assert len(asked) == 2
