"""Ports for servers that listen later, or again at the same place."""

import os
import random
import socket

# Another where the servers are asked from hosts of their own (tests/hosts).
HOST = os.environ.get("TESSERA_TEST_ADDRESS", "127.0.0.1")
# Below those that the system gives to outgoing connections, one of which could take the port before the server does.
_PORTS = range(12_000, 32_000)


def free_port() -> int:
    """A port that nobody listens on now, drawn from many: two who ask at once hardly get the same."""
    while True:
        port = random.SystemRandom().choice(_PORTS)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
        return port
