"""What workers are told, and in how many messages."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from threading import enumerate as threads
from typing import Any

from django.conf import settings as ours
from pytest_django.fixtures import Settings
from redis import Redis

from scrips import wakes
from tessera.lib import logs


@dataclass
class Row:
    """As much of a delivery as is told."""

    pk: int
    kind: str = "webhook"
    host: str = "hooks.example.com"


def rows(*hosts: str, kind: str = "webhook", begin: int = 1) -> list[Row]:
    return [Row(pk, kind, host) for pk, host in zip(count(begin), hosts, strict=False)]


def told(queue: str) -> list[tuple[list[int], dict[str, dict[str, str]]]]:
    """Of each message the deliveries, and which ids their lines carry."""
    for thread in threads():
        if thread.name == wakes.THREAD:
            thread.join()
    found = []
    waiting: Any = Redis.from_url(ours.REDIS_URL).lrange(queue, 0, -1)
    for raw in reversed(waiting):
        message = json.loads(raw)
        ((ids,), _named, _embedded) = json.loads(base64.b64decode(message["body"]))
        found.append((ids, message["headers"]["tessera"]["ids"].get("deliveries", {})))
    return found


def ids_of(messages: Sequence[tuple[list[int], object]]) -> list[list[int]]:
    return [ids for ids, _said in messages]


def test_each_host_has_messages_of_its_own_and_mails_travel_together() -> None:
    wakes.publish([*rows("a", "b", "a"), *rows("", "", "", kind="email", begin=10)])
    assert ids_of(told("webhook")) == [[1], [3], [2]]
    assert ids_of(told("mail")) == [[10, 11, 12]]


def test_one_change_that_calls_a_host_often_wakes_a_place_for_each(settings: Settings) -> None:
    settings.TESSERA_HOST_CONCURRENCY = 3
    wakes.publish(rows(*"aaaaa"))
    assert ids_of(told("webhook")) == [[1, 4], [2, 5], [3]]


def test_what_several_requests_bring_travels_together_and_each_keeps_its_ids() -> None:
    pks = range(1, 41)
    for pk in pks:
        with logs.log_ids(request_id=f"r{pk}"):
            wakes.publish_soon(rows("a", begin=pk))
    messages = told("webhook")
    assert len(messages) < len(pks)
    assert sorted(pk for ids, _said in messages for pk in ids) == list(pks)
    for ids, said in messages:
        assert {int(pk): each["request_id"] for pk, each in said.items()} == {
            pk: f"r{pk}" for pk in ids
        }


def test_within_held_nobody_is_told() -> None:
    with wakes.held():
        wakes.publish_soon(rows("a"))
        assert wakes.publish(rows("a")) == []
    assert told("webhook") == []
