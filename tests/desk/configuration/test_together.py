"""Two who apply at once, and one who dies: configuration is always as one file had it."""

import subprocess
import sys
from collections.abc import Callable
from time import monotonic

import pytest
from django.db import connection, transaction

from tessera.accounts.models import Group
from tessera.desk.configuration import service
from tessera.desk.configuration.faults import Overtaken
from tests.people import administrator
from tests.races.test_writers import at_once
from tests.terminal import environment
from tickets.access import Actor

pytestmark = pytest.mark.django_db(transaction=True)

_APPLY = """
import sys, django
django.setup()
from tessera.accounts.models import User
from tessera.desk.configuration import service
from tickets.access import Actor
service.apply(sys.argv[1], actor=Actor.of(User.objects.get(username="root")))
"""


def groups(*names: str) -> str:
    return "tessera: 1\ngroups:\n" + "".join(f"  - name: {name}\n" for name in names)


def names() -> set[str]:
    return set(Group.objects.values_list("name", flat=True))


@pytest.fixture
def root() -> Actor:
    return Actor.of(administrator("root"))


def test_of_two_who_saw_the_same_plan_one_is_told(root: Actor) -> None:
    texts = (groups("A", "B"), groups("C", "D"))
    stamps = [service.review(each, actor=root).stamp for each in texts]

    def apply(text: str, stamp: str) -> Callable[[], str]:
        def act() -> str:
            try:
                service.apply(text, actor=root, stamp=stamp)
            except Overtaken:
                return "overtaken"
            return "applied"

        return act

    came = at_once(*(apply(*each) for each in zip(texts, stamps, strict=True)))

    assert sorted(came) == ["applied", "overtaken"]
    assert names() in ({"A", "B"}, {"C", "D"})


def test_files_applied_at_once_do_not_mix(root: Actor) -> None:
    texts = [groups(*(f"{letter}{n}" for n in range(9))) for letter in "ABC"]

    at_once(*(lambda text=text: service.apply(text, actor=root) for text in texts))

    assert len(names()) == 9
    assert len({name[0] for name in names()}) == 1


def test_who_is_killed_half_way_leaves_nothing(root: Actor) -> None:
    """It is killed while the last of its groups waits for somebody else's of the same name."""
    text = groups("A", "B", "Z")
    with transaction.atomic():
        Group.objects.create(name="Z")
        child = subprocess.Popen([sys.executable, "-c", _APPLY, text], env=environment())
        try:
            _until_somebody_waits()
        finally:
            child.kill()
            child.wait()
        transaction.set_rollback(True)

    assert names() == set()
    service.apply(text, actor=root)
    assert names() == {"A", "B", "Z"}


def _until_somebody_waits() -> None:
    """Each statement takes a look of its own at what others do."""
    patience = monotonic() + 60
    waiting = 0
    with connection.cursor() as cursor:
        while not waiting:
            assert monotonic() < patience, "nobody came to wait"
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            (waiting,) = cursor.fetchone()
