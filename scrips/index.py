"""Which of many scrips have to be asked: found by what their conditions can't hold without."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from typing import Generic, TypeVar

from scrips.facts import Round
from tessera.lib.query.clues import Clue

Item = TypeVar("Item")


class Index(Generic[Item]):
    """Items with their clues, of which one is enough: what five hundred of them have in common is looked at once.

    One without a clue is always found. The order is kept.
    """

    def __init__(self, items: Iterable[tuple[Item, Sequence[Clue[Round]]]]) -> None:
        given = list(items)
        self._items = [item for item, _clues in given]
        self._always: list[int] = []
        self._reads: dict[Hashable, Callable[[Round], Collection[Hashable]]] = {}
        self._by_seen: defaultdict[tuple[Hashable, Hashable], list[int]] = defaultdict(list)
        shared = Counter(
            (clue.name, value) for _item, clues in given for clue in clues for value in clue.wanted
        )

        def crowd(clue: Clue[Round]) -> int:
            return sum(shared[clue.name, value] for value in clue.wanted)

        for place, (_item, clues) in enumerate(given):
            if not clues:
                self._always.append(place)
                continue
            # That of which the fewest others are found with it.
            clue = min(clues, key=crowd)
            self._reads.setdefault(clue.name, clue.read)
            for value in clue.wanted:
                self._by_seen[clue.name, value].append(place)

    def of(self, round_: Round) -> list[Item]:
        """Those that may hold in the round; no other does."""
        places = {*self._always}
        for name, read in self._reads.items():
            for value in read(round_):
                places.update(self._by_seen.get((name, value), ()))
        return [self._items[place] for place in sorted(places)]
