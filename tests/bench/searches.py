"""What is searched for, as data. `{…}` are filled with values of that system, others at each turn."""

from dataclasses import dataclass

# At most so many ms at p95, in the database: a page, where what is asked for has an index for its order; where values
# are unevenly spread in time; by full text; the capped count.
PAGE, UNEVEN, WORDS, COUNT = 30.0, 150.0, 50.0, 80.0


@dataclass(frozen=True, slots=True)
class Query:
    """A query, and the budget of a page of what it finds."""

    name: str
    text: str
    budget: float = PAGE


QUERIES = (
    Query("queue + status", "Queue = '{queue}' AND Status = 'resolved'"),
    Query("active + owner", "Status = '__Active__' AND Owner = '{agent}'", UNEVEN),
    Query("two custom fields", "CF.location = '{location}' AND CF.asset_tag = '{asset}'"),
    Query(
        "custom field + dates",
        "CF.severity = 'Low' AND Created >= '{from}' AND Created < '{to}'",
        UNEVEN,
    ),
    Query("indexed field", "CF.start_date >= '{from}' AND CF.start_date < '{to}'"),
    Query("requestor", "Requestor = '{customer}'"),
    Query("watched by me", "Watcher = '__CurrentUser__'"),
    Query("subject like", "Subject LIKE '{subject}'"),
    Query("text, rare word", "Content MATCHES '{rare}'", WORDS),
    Query("text, common word", "Content MATCHES '{common}'", WORDS),
    Query("log", "Updated > '{from}' AND Updated < '{to}' AND TransactionType = 'StatusChange'", UNEVEN),
    Query("depends on", "DependsOn IS NOT NULL"),
    Query("this or that", "Queue = '{queue}' OR Owner = '{agent}'"),
    Query("not", "NOT Status = 'resolved' AND NOT CF.severity = 'Low'", UNEVEN),
)  # fmt: skip
