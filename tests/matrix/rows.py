"""The tables as values, and the paths that the site has."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, resolve

from tests.matrix.cast import COLUMNS


@dataclass(frozen=True)
class Row:
    """One line: what is asked, and the status that each column gets."""

    method: str
    path: str
    expected: dict[str, int]

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


def read(table: str) -> list[Row]:
    """The rows of a table; empty lines and comments stand between them."""
    rows = []
    for line in table.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        method, path, *statuses = line.split()
        expected = dict(zip(COLUMNS, map(int, statuses), strict=True))
        rows.append(Row(method, path, expected))
    return rows


def filled(value: Any, ids: dict[str, Any]) -> Any:
    """A body with the ids in place of their names."""
    if isinstance(value, dict):
        return {name: filled(part, ids) for name, part in value.items()}
    if isinstance(value, list):
        return [filled(part, ids) for part in value]
    if isinstance(value, str) and value.startswith("{") and value.endswith("}"):
        return ids[value[1:-1]]
    return value


def without_row(rows: list[Row], ids: dict[str, Any]) -> list[str]:
    """The methods and routes of the site that no row asks for; a page's method is GET."""
    asked = {(resolve(row.path.format_map(ids).partition("?")[0]).func, row.method) for row in rows}
    return [
        f"{method.upper()} {route}"
        for route, pattern in _walk(get_resolver(), "/")
        for method in getattr(pattern.callback, "actions", None) or ("get",)
        if method != "head" and (pattern.callback, method.upper()) not in asked
    ]


def _walk(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from _walk(each, prefix + str(each.pattern))
        else:
            yield prefix + str(each.pattern), each
