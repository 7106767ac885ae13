"""One thread ends every conversation that takes too long, and no other."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tessera.lib.watchdog import Watchdog


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.settimeout(10)
    with ours, theirs:
        yield ours, theirs


def test_silence_ends_when_the_time_is_over(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, _theirs = pair
    with Watchdog(0.05) as dog:
        dog.watch(ours)
        assert ours.recv(1) == b""
    assert dog.bitten


def test_a_later_end_waits_for_no_earlier_one(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, _theirs = pair
    with Watchdog(60), Watchdog(0.05) as dog:
        dog.watch(ours)
        assert ours.recv(1) == b""
    assert dog.bitten


def test_a_conversation_that_ended_is_left_alone(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = pair
    with Watchdog(0.05) as first:
        first.watch(ours)
    with Watchdog(0.2) as second:
        second.watch(theirs)
        assert theirs.recv(1) == b"", "this one's end comes after the other's would have"
    assert not first.bitten
    assert second.bitten


def test_a_socket_under_watch_too_late_is_shut_at_once(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, _theirs = pair
    dog = Watchdog(0)
    with pytest.raises(TimeoutError):
        dog.remaining()
    dog.watch(ours)
    assert ours.recv(1) == b""


def test_many_at_once_need_one_thread() -> None:
    with ExitStack() as conversations:
        conversations.enter_context(Watchdog(60))
        before = threading.active_count()
        for _number in range(50):
            conversations.enter_context(Watchdog(60))
        assert threading.active_count() == before
