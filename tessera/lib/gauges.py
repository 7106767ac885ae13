"""Figures that are read when they are asked for, each source by itself: one that is away leaves the others."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from prometheus_client import Metric

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Gauge:
    """A figure, or several told apart by one label: `{"": 3}` or `{"pending": 3, "dead": 1}`."""

    name: str
    told: str
    values: Mapping[str, float]
    label: str = ""

    def metric(self) -> Metric:
        """As Prometheus has it."""
        made = Metric(self.name, self.told, "gauge")
        for which, value in self.values.items():
            made.add_sample(self.name, {self.label: which} if self.label else {}, value)
        return made


@dataclass(frozen=True, slots=True)
class Source:
    """Where figures are read, and the errors with which it says that it is away."""

    name: str
    read: Callable[[], Sequence[Gauge]]
    away: tuple[type[Exception], ...]


def collect(sources: Iterable[Source]) -> Iterator[Metric]:
    """All figures, and `tessera_source_up` for each source: 0 where it is away, and its figures are missing."""
    up: dict[str, float] = {}
    for source in sources:
        try:
            found = source.read()
        except source.away as error:
            log.warning("No figures of the %s: %s", source.name, error)
            found = ()
            up[source.name] = 0
        else:
            up[source.name] = 1
        yield from (gauge.metric() for gauge in found)
    yield Gauge("tessera_source_up", "Whether this could be asked.", up, "source").metric()
