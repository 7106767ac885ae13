"""How many of a thing one person may have."""

import hashlib
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from tessera.lib.errors import LimitReached


def hold(what: str) -> None:
    """Until this transaction ends: of two that count the same at once the second waits, and counts what the first has
    made."""
    number = int.from_bytes(hashlib.sha256(f"room {what}".encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def ask(rows: "QuerySet[Any]", *, owner_id: int, most: int, full: str) -> None:
    """Raise `LimitReached` with the sentence `full` where the owner has `most` of them: `rows` are those that he has.

    In the transaction that makes one more.
    """
    hold(f"{rows.model._meta.label} {owner_id}")  # noqa: SLF001  # documented, whatever its name
    if rows[:most].count() >= most:
        raise LimitReached(full)
