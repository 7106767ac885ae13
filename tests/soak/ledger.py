"""What was acknowledged, and whether the log has it: each change carries a mark that nothing else has."""

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

# A change as the log tells it: its type, its ticket and its mark.
Fact = tuple[str, int, str]

# The rules that bring a delivery each time, and the changes that they are for.
DUE = {
    "mail on create": ("Create",),
    "mail on reply": ("Correspond",),
    "hook": ("Create", "Set"),
}
IN_LOG = """
    SELECT told.type, told.ticket_id,
        CASE told.type WHEN 'Create' THEN told.data -> 'values' ->> 'subject'
            WHEN 'Set' THEN told.new_value #>> '{}' ELSE split_part(message.content, ' ', 1) END
    FROM tickets_transaction AS told
    LEFT JOIN tickets_message AS message ON message.id = (told.data ->> 'message_id')::bigint
    WHERE told.type IN ('Create', 'Comment', 'Correspond') OR told.type = 'Set' AND told.field = 'subject'
"""


@dataclass
class Ledger:
    """`acknowledged` changes must stand in the log once; those `in_doubt` had no answer and may, once."""

    acknowledged: list[Fact] = field(default_factory=list)
    in_doubt: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, fact: Fact) -> None:
        with self._lock:
            self.acknowledged.append(fact)

    def doubt(self, mark: str) -> None:
        with self._lock:
            self.in_doubt.add(mark)

    def compare(self, log: Iterable[Fact]) -> "Comparison":
        """With all that the log holds under our marks."""
        told = Counter(log)
        times: Counter[str] = Counter()
        for (_type, _ticket, mark), number in told.items():
            times[mark] += number
        known = {mark for _type, _ticket, mark in self.acknowledged}
        return Comparison(
            lost=[fact for fact in self.acknowledged if not told[fact]],
            twice=[mark for mark, number in times.items() if number > 1],
            unasked=[mark for mark in times if mark not in known | self.in_doubt],
            came_true=sum(1 for mark in self.in_doubt if times[mark]),
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """What does not add up; `came_true` are the changes in doubt that were done after all."""

    lost: list[Fact]
    twice: list[str]
    unasked: list[str]
    came_true: int


def uneven(made: Mapping[str, int], due: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """The rules that made another number of deliveries than the log says were due: made, due."""
    return {
        name: (made.get(name, 0), due.get(name, 0))
        for name in sorted(made.keys() | due.keys())
        if made.get(name, 0) != due.get(name, 0)
    }
