"""What rights cost: how many statements a request takes."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api.caller import Caller
from tests.matrix.cast import Cast


def statements(caller: Caller, method: str, path: str, body: Any = None) -> int:
    """How many a request takes; savepoints, which a request outside of a test has as BEGIN and COMMIT, left out."""
    with CaptureQueriesContext(connection) as asked:
        answer = caller.get(path) if method == "GET" else caller.patch(path, body)
    assert answer.status_code == 200, answer.content
    return sum("SAVEPOINT" not in query["sql"] for query in asked.captured_queries)


# Of these are the token with its groups (1) and the number of the configuration (1): nothing else is asked for rights,
# but by a list for how many tickets one watches, and by links for whether one sees the other end.
@pytest.mark.parametrize(
    ("who", "read", "change", "listed"),
    [("admin", 4, 6, 4), ("agent", 4, 6, 5), ("requestor", 4, 6, 5)],
)
def test_rights_take_at_most_two_statements(
    undone: Cast, who: str, read: int, change: int, listed: int
) -> None:
    caller, path = undone.callers[who], f"/api/tickets/{undone.ids['ticket']}"
    undone.callers["admin"].patch(path, {"links": {"depends_on": []}})
    caller.get("/api/me")
    mine = {"cc": ["cc@example.com", f"{undone.users[who].email}"]}

    assert statements(caller, "GET", path) == read
    assert statements(caller, "PATCH", path, mine) == change
    assert statements(caller, "GET", "/api/tickets") == listed


def test_links_take_one_statement_more_of_who_does_not_see_all(undone: Cast) -> None:
    path = f"/api/tickets/{undone.ids['ticket']}"
    found = {}
    for who in ("admin", "agent", "requestor"):
        undone.callers[who].get("/api/me")
        found[who] = statements(undone.callers[who], "GET", f"{path}?at=1")
    assert found == {"admin": 5, "agent": 6, "requestor": 6}
