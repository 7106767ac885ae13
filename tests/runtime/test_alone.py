"""Of what several hosts could do at the same time, one does it."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import pytest
from celery.signals import before_task_publish
from django.db import connection

from tessera import celery
from tessera.lib import clock
from tessera.runtime.alone import MIGRATE, PREPARE, alone
from tessera.runtime.lease import Lease
from tessera.runtime.models import Lease as Row

pytestmark = pytest.mark.django_db(transaction=True)


def never() -> None:
    raise AssertionError("nobody else is in it")


def test_second_waits_until_the_first_is_done() -> None:
    order, waits = [], Event()

    def second() -> None:
        with alone(PREPARE, waiting=waits.set):
            order.append("second")

    thread = Thread(target=second)
    with alone(PREPARE, waiting=never), alone(MIGRATE, waiting=never):
        thread.start()
        assert waits.wait(60)
        order.append("first")
    thread.join(60)
    assert order == ["first", "second"]


def test_migrate_waits_for_another_host_and_finds_it_done() -> None:
    command = [sys.executable, "-m", "tessera.cli", "migrate", "--no-color"]
    with alone(MIGRATE, waiting=never):
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert process.stderr is not None
        assert process.stderr.readline() == "tessera: Another host migrates; waiting for it.\n"
    told, _errors = process.communicate(timeout=60)
    assert (process.returncode, "No migrations to apply." in told) == (0, True)


def test_lease_has_one_holder_until_it_ends_or_is_left() -> None:
    first, second = Lease("x", holder="one", lasts=60), Lease("x", holder="two", lasts=60)
    assert (first.held(), second.held(), first.held()) == (True, False, True)
    Row.objects.update(until=clock.now())
    third = Lease("x", holder="two", lasts=60)
    assert (third.held(), Lease("x", holder="one", lasts=60).held()) == (True, False)
    first.leave()
    assert Row.objects.get().holder == "two"
    third.leave()
    assert Lease("x", holder="one", lasts=60).held()


def test_lease_is_prolonged_by_asking() -> None:
    lease = Lease("x", holder="one", lasts=60)
    assert lease.held()
    before = Row.objects.get().until
    lease._asked -= 20
    assert lease.held()
    assert Row.objects.get().until > before


def test_lease_ends_by_our_own_clock_when_the_database_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lease = Lease("x", holder="one", lasts=60)
    assert lease.held()
    with monkeypatch.context() as patch:
        patch.setitem(connection.settings_dict["OPTIONS"], "host", "/nowhere")
        connection.close()
        lease._asked -= 20
        assert lease.held()
        lease._until -= 60
        assert not lease.held()


def test_of_two_beats_one_acts_and_the_other_takes_over_when_it_ends(tmp_path: Path) -> None:
    from tessera.beat import OneOfMany, app

    celery.app.set_current()  # as before that import
    app.conf.beat_schedule = {"x": {"task": "nothing", "schedule": timedelta(0)}}
    first, second = (OneOfMany(app, schedule_filename=str(tmp_path / name)) for name in "12")
    sent: list[str] = []
    before_task_publish.connect(
        lambda sender, **_: sent.append(sender), weak=False, dispatch_uid="t"
    )

    assert (first.tick(), second.tick(), sent) == (0, 5.0, ["nothing"])
    first.close()
    second._lease._asked -= 20
    assert (second.tick(), sent) == (0, ["nothing", "nothing"])
    second.close()
    before_task_publish.disconnect(dispatch_uid="t")
