"""Every cell of the tables, asked over HTTP; and no endpoint or page without a row."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from tests.matrix import administration, table
from tests.matrix.cast import COLUMNS, Cast
from tests.matrix.rows import Row, filled, read, without_row

API = read(table.API)
PAGES = read(table.PAGES) + read(administration.TABLE)


def ask(cast: Cast, row: Row, who: str) -> int:
    """The status of one cell; whatever it did is undone."""
    path = row.path.format_map(cast.ids)
    with transaction.atomic():
        answer = _answer(cast, row, who, path)
        transaction.set_rollback(True)
    return int(answer.status_code)


def _answer(cast: Cast, row: Row, who: str, path: str) -> Any:
    if not path.startswith("/api"):
        return cast.reader(who).generic(row.method, path)
    caller = cast.callers[who]
    if row.name == "POST /api/attachments":
        return caller.upload(path, {"file": SimpleUploadedFile("a.txt", b"a")})
    if row.method == "GET":
        return caller.get(path)
    if row.method == "DELETE":
        return caller.delete(path)
    body = filled(table.BODIES.get(row.name, {}), dict(cast.ids))
    return caller.post(path, body) if row.method == "POST" else caller.patch(path, body)


@pytest.mark.parametrize("row", API + PAGES, ids=lambda row: row.name)
def test_everybody_gets_the_answer_of_the_table(cast: Cast, row: Row) -> None:
    assert {who: ask(cast, row, who) for who in COLUMNS} == row.expected


def test_every_endpoint_and_page_has_a_row(cast: Cast) -> None:
    assert "\n".join(without_row(API + PAGES, dict(cast.ids))) == ""


def test_every_body_belongs_to_a_row() -> None:
    assert sorted(set(table.BODIES) - {row.name for row in API}) == []
