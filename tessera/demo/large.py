"""Brightwell with very many tickets: some hundred are told as ever, years ago; the others are copies of them."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from tessera.demo import builder, historian
from tessera.demo.bulk import patterns, scene
from tessera.demo.bulk.multiply import Progress, multiply
from tessera.demo.company import Company
from tessera.demo.plot import entangled, plot

# Up to so many every ticket goes through the door: it takes minutes.
THROUGH_THE_DOOR = 5_000
PATTERNS = 400
WEEKS = 208


def make(
    tickets: int, *, seed: int, company: Company, now: datetime, told: int
) -> Iterator[Progress]:
    """Make the company and so many tickets, of which `told` go through the door.

    Must run inside a database transaction, in a system without tickets, while the caller holds `wakes.held()`.
    """
    cast = builder.build(company)
    then = now - timedelta(weeks=WEEKS)
    events = plot(told, seed=seed, customers=cast.customers, now=then)
    for done in historian.tell(entangled(events, seed=seed), seed=seed, cast=cast):
        yield Progress(done, told, "patterns")
    found = patterns.read(scene.staff_of(company))
    yield from multiply(
        tickets - told, seed=seed, patterns=found, world=scene.world_of(company), weeks=WEEKS
    )
