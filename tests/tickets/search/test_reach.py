"""A query that names the queues in which it can find anything asks for rights there alone."""

import pytest

from lifecycles.models import Lifecycle
from tessera.accounts.models import User
from tests.people import grant
from tickets import access
from tickets.access import Actor
from tickets.models import Queue
from tickets.search import search


@pytest.fixture
def agent(db: None, monkeypatch: pytest.MonkeyPatch) -> Actor:
    """Somebody who sees all of one queue, and elsewhere what he watches, which is asked for however little it is."""
    monkeypatch.setattr(access, "_NAMED", -1)
    lifecycle = Lifecycle.objects.get(name="default")
    held = Queue.objects.create(name="Held", lifecycle=lifecycle)
    Queue.objects.create(name="Other", lifecycle=lifecycle)
    user = User.objects.create_user("agent", email="agent@example.com")
    grant("agent", user=user, queue=held)
    return Actor.of(user)


@pytest.mark.parametrize(
    "query",
    [
        "Queue = 'Held'",
        "Queue = 'held' AND Status = 'open'",
        "NOT (Status = 'open') AND Queue IN ('Held', 'Nowhere')",
        "(Queue = 'Held' AND Subject LIKE 'a') OR Queue = 'Nowhere'",
        "Queue LIKE 'hel'",
        "Queue != 'Other' AND Queue != 'General'",
        "Queue IS NULL OR Queue = 'Held'",
        "NOT Queue IN ('Other', 'General')",
    ],
)
def test_in_his_own_queues_nobody_is_asked_what_he_watches(agent: Actor, query: str) -> None:
    assert "tickets_watcher" not in str(search(query, agent).rows.query)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "Status = 'open'",
        "Queue = 'Held' OR Status = 'open'",
        "Queue = 'Other'",
        "Queue != 'Held'",
        "NOT Queue = 'Held'",
        "NOT (Queue = 'Held' AND Status = 'open')",
        "Queue IN ('Held', 'Other')",
        "Queue = Subject",
    ],
)
def test_where_others_may_come_in_what_he_watches_counts(agent: Actor, query: str) -> None:
    assert "tickets_watcher" in str(search(query, agent).rows.query)


def test_of_another_queue_only_what_he_watches_is_asked(agent: Actor) -> None:
    asked = str(search("Queue = 'Other'", agent).rows.query)
    held = next(q.id for q in agent.config.queues.values() if q.name == "Held")
    assert f'"queue_id" IN ({held})' not in asked
