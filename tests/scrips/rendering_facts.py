"""Small facts for the tests of the sandbox."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType

from scrips.rendering import Facts


@dataclass(frozen=True)
class PersonFacts(Facts):
    username: str
    email: str
    _secret: str = "hidden"

    @property
    def name(self) -> str:
        return self.username.title()

    def shout(self) -> str:
        return self.username.upper()

    def __str__(self) -> str:
        return self.username


@dataclass(frozen=True)
class TicketFacts(Facts):
    id: int
    subject: str
    owner: PersonFacts | None
    requestors: tuple[PersonFacts, ...]
    created_at: datetime
    cf: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"TKT-{self.id:04d}"


ANN = PersonFacts("ann", "ann@example.com")
BOB = PersonFacts("bob", "bob@example.com")
CREATED = datetime(2025, 1, 2, 23, 4, 5, 678, tzinfo=UTC)
TICKET = TicketFacts(
    id=12,
    subject="Printer <on> fire",
    owner=None,
    requestors=(ANN, BOB),
    created_at=CREATED,
    cf=MappingProxyType({"severity": "high", "tags": ("a", "b"), "cost": None, "items": "3"}),
)
CONTEXT: Mapping[str, object] = {
    "ticket": TICKET,
    "transaction": None,
    "transactions": (),
    "actor": ANN,
    "now": datetime(2025, 1, 5, 12, 0, tzinfo=UTC),
}
NAMES: Mapping[str, object] = {"ticket": TicketFacts, "actor": PersonFacts, "now": datetime}
FIELDS = frozenset(("severity", "tags", "cost"))
