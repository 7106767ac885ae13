"""What a killed worker had in hand is free as soon as another lies at its berth."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from scrips import claims
from scrips.models import Attempt, Delivery
from tessera.lib import berth, clock
from tests.scrips.deliveries import make_hook, make_ticket

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def _killed(tmp_path: Path) -> Iterator[None]:
    """A worker that took two deliveries, one of which has another worker by now."""
    ticket = make_ticket()
    berth.take(tmp_path)
    for url in ("http://one.example/", "http://two.example/"):
        assert claims.claim(make_hook(url, ticket=ticket).pk)
    berth.leave()
    yield
    berth.leave()


@pytest.mark.usefixtures("_killed")
def test_it_is_due_at_once_and_its_place_free_and_nobody_elses_is_touched(tmp_path: Path) -> None:
    mine, others = Delivery.objects.order_by("pk")
    before = berth.take(tmp_path)
    assert before is not None
    assert before == mine.worker
    Delivery.objects.filter(pk=others.pk).update(worker=berth.name())

    assert claims.inherit(before) == 1

    mine.refresh_from_db()
    assert (mine.status, mine.lease_until) == ("failed", None)
    assert mine.next_attempt_at is not None
    assert mine.next_attempt_at <= clock.now()
    tried = Attempt.objects.get()
    assert (tried.delivery_id, tried.ok) == (mine.pk, False)
    assert clock.now() - tried.started_at < timedelta(seconds=30)
    assert Delivery.objects.get(pk=others.pk).status == "sending"
    assert claims.inherit(before) == 0
