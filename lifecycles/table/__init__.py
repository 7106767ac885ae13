"""A definition as rows that a page can edit: statuses, transitions, maps, and what former statuses become. Pure."""

from lifecycles.table.reading import read
from lifecycles.table.rows import (
    FormerRow,
    MapRow,
    StatusRow,
    Table,
    TransitionRow,
    followed,
)
from lifecycles.table.writing import write

__all__ = [
    "FormerRow",
    "MapRow",
    "StatusRow",
    "Table",
    "TransitionRow",
    "followed",
    "read",
    "write",
]
