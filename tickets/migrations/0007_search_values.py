from collections.abc import Iterator
from typing import Any

from django.db import migrations

from tessera.lib.query.fold import fold

AT_ONCE = 1_000


def fill(apps: Any, _editor: object) -> None:
    """What queries compare, for the rows that are there already."""
    _fill(apps.get_model("tickets", "Ticket"), _ticket, ["search_subject", "search_fields"])
    _fill(apps.get_model("tickets", "Message"), _message, ["search_content"])
    _fill(apps.get_model("tickets", "Watcher"), _watcher, ["address"])


def _fill(model: Any, change: Any, names: list[str]) -> None:
    for rows in _slices(model):
        for row in rows:
            change(row)
        model.objects.bulk_update(rows, names)


def _slices(model: Any) -> Iterator[list[Any]]:
    last = 0
    while rows := list(model.objects.filter(pk__gt=last).order_by("pk")[:AT_ONCE]):
        yield rows
        last = rows[-1].pk


def _ticket(row: Any) -> None:
    row.search_subject = fold(row.subject)
    row.search_fields = {
        key: [fold(value) if isinstance(value, str) else value for value in held]
        for key, held in row.custom_fields.items()
    }


def _message(row: Any) -> None:
    row.search_content = None if row.content.isascii() else fold(row.content)


def _watcher(row: Any) -> None:
    row.address = fold(row.email)


class Migration(migrations.Migration):
    dependencies = [("tickets", "0006_search")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
