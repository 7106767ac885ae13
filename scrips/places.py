"""Where a scrip applies, and when its turn comes there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Reach:
    """The queues of a scrip; None: all of them. In each its place is that of `places`, else `sort_order`."""

    queue_ids: frozenset[int] | None = None
    sort_order: int = 0
    places: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def among(
        cls, queue_ids: Iterable[int], sort_order: int, places: Mapping[int, int] | None = None
    ) -> "Reach":
        """Of these queues, or without any of all."""
        return cls(frozenset(queue_ids) or None, sort_order, places or {})

    @classmethod
    def of_snapshot(cls, snapshot: Mapping[str, Any]) -> "Reach":
        """As a version keeps it. Those of the first days knew one queue or none."""
        if "queue_ids" not in snapshot:
            queue_id = snapshot["queue_id"]
            return cls.among([] if queue_id is None else [queue_id], snapshot["sort_order"])
        places = {int(number): place for number, place in snapshot["places"].items()}
        return cls.among(snapshot["queue_ids"], snapshot["sort_order"], places)

    @property
    def listed(self) -> list[int]:
        """The queues' ids in their order; none: all queues."""
        return sorted(self.queue_ids or ())

    @property
    def one(self) -> int | None:
        """The only queue of a scrip that has one; else None."""
        return self.listed[0] if len(self.listed) == 1 else None

    def covers(self, queue_id: int) -> bool:
        """Whether the scrip applies in that queue."""
        return self.queue_ids is None or queue_id in self.queue_ids

    def place(self, queue_id: int) -> int:
        """Its place in that queue's order; of equal ones the older scrip comes first."""
        return self.places.get(queue_id, self.sort_order)

    def kept(self) -> dict[str, Any]:
        """What a version keeps besides the scrip's own order."""
        return {"queue_ids": self.listed, "places": {str(k): v for k, v in self.places.items()}}
