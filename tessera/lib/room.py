"""How many of a thing one person may have."""

import hashlib
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from tessera.lib.errors import LimitReached


def ask(rows: "QuerySet[Any]", *, owner_id: int, most: int, full: str) -> None:
    """Raise `LimitReached` with the sentence `full` where the owner has `most` of them: `rows` are those that he has.

    In the transaction that makes one more: of two at once the second waits here, and counts what the first has made.
    """
    name = f"room {rows.model._meta.label} {owner_id}"  # noqa: SLF001  # documented, whatever its name
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
    if rows[:most].count() >= most:
        raise LimitReached(full)
