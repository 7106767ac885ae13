"""What is broken on purpose, one after the other, and when."""

import itertools
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.journeys.servers import MailServer, Receiver, Reply
from tests.runtime.system import System
from tests.soak.memory import CONNECTION, children_of, pss

_FLAPS, _FLAP_S = 3, 1.5


@dataclass(frozen=True, slots=True)
class Struck:
    """A fault: it `began`, and since `over` nothing more is done. `refuses`: whether requests may be refused for it."""

    name: str
    refuses: bool
    began: float
    over: float


@dataclass(frozen=True)
class Faults:
    """On this system and its counterparts."""

    system: System
    mail: MailServer
    hook: Receiver

    def one_after_the_other(self) -> Iterator[Callable[[], Struck]]:
        """Without end; the first six are of six kinds, and ten fit into three minutes."""
        return itertools.cycle(
            [
                self._kill_web_worker,
                self._flap_mail,
                self._ends("Celery worker killed", "worker", signal.SIGKILL, refuses=False),
                self._ends("broker restarted", "valkey", signal.SIGTERM),
                self._flap_hook,
                self._ends("database restarted", "postgres", signal.SIGINT),
                self._ends("broker killed", "valkey", signal.SIGKILL),
                self._ends("database killed", "postgres", signal.SIGKILL),
                self._ends("beat killed", "beat", signal.SIGKILL, refuses=False),
                self._ends("web server killed", "web", signal.SIGKILL),
            ]
        )

    def _ends(
        self, name: str, child: str, signum: signal.Signals, *, refuses: bool = True
    ) -> Callable[[], Struck]:
        """Its supervisor starts it again."""

        def act() -> Struck:
            began = time.time()
            os.kill(self.system.children()[child], signum)
            return Struck(name, refuses, began, began)

        return act

    def _kill_web_worker(self) -> Struck:
        began = time.time()
        os.kill(children_of(self.system.children()["web"])[0], signal.SIGKILL)
        return Struck("web worker killed", True, began, began)

    def _flap_mail(self) -> Struck:
        self.mail.data.extend(["451 later", "550 never", "451 later"])
        return self._flap("mail server flaps", self.mail)

    def _flap_hook(self) -> Struck:
        self.hook.replies.extend([Reply(503), Reply(410), Reply(500)])
        return self._flap("hook receiver flaps", self.hook)

    def _flap(self, name: str, server: MailServer | Receiver) -> Struck:
        began = time.time()
        for _turn in range(_FLAPS):
            server.stop()
            time.sleep(_FLAP_S)
            server.start()
            time.sleep(_FLAP_S)
        return Struck(name, False, began, time.time())


def strike(faults: Faults, ended: threading.Event, *, every: float, struck: list[Struck]) -> None:
    """One each `every` seconds, the first after nearly half of that, until `ended`."""
    due = time.monotonic() + every / 2 - 1
    for fault in faults.one_after_the_other():
        if ended.wait(max(due - time.monotonic(), 0)):
            return
        struck.append(fault())
        due += every


def roles(system: System) -> Iterator[tuple[str, int, int]]:
    """The processes of the system now, and the kB that each holds."""
    yield "tessera up", system.process.pid, pss(system.process.pid)
    for name, pid in system.children().items():
        yield name, pid, pss(pid)
        below = children_of(pid)
        if name == "postgres":
            # One process for each connection; the server's own few are no larger.
            yield CONNECTION, pid, max(map(pss, below), default=0)
        if name == "web":
            yield from (("web worker", worker, pss(worker)) for worker in below)
