"""The whole of it: a system, its counterparts, the load, the faults, and what is left at the end."""

import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from tessera.lib.rundir import run_dir
from tessera.runtime.config import BASE_DIR
from tessera.runtime.postgres import DATABASE, USER
from tests.bench.measure import machine
from tests.journeys.servers import MailServer, Receiver
from tests.ports import HOST, free_port
from tests.runtime.system import System, environment, inside
from tests.soak import faults
from tests.soak.client import Client, Kind
from tests.soak.ledger import DUE, IN_LOG, Ledger, uneven
from tests.soak.load import Load
from tests.soak.memory import Memory
from tests.soak.report import Report, Sent

# All that the system printed in the last run.
LOG = BASE_DIR / "var" / "soak.log"
_RAMP, _RAMP_S = (4, 8), 8.0
_CLIENTS = 16
_SHARE = 0.7
_FAULT_EVERY_S = 17.0  # all ten kinds in three minutes
_LOOK_EVERY_S = 3.0
_SETTLED_WITHIN_S = 180.0
_SETTINGS = {
    "TESSERA_WEBHOOK_ALLOW": HOST,
    # Days of waiting, in a minute.
    "TESSERA_RETRY_SCHEDULE": ",".join(["0", *["1"] * 60]),
    "TESSERA_BREAKER_PAUSE": "2",
    "TESSERA_DELIVERY_LEASE": "20",
}
_MADE_BY_RULE = """
    SELECT rule.name, count(*) FROM scrips_delivery JOIN scrips_scrip AS rule ON rule.id = scrip_id GROUP BY 1
"""
_DELIVERIES = "SELECT kind, status, recorded, created_at, sent_at, last_error FROM scrips_delivery"
_UNSETTLED = """
    SELECT count(*) FROM scrips_delivery
    WHERE status NOT IN ('sent', 'dead') OR status = 'sent' AND NOT recorded
"""


class Rehearsal:
    """A system in a folder of its own, with a mail server and a receiver of webhooks beside it."""

    def __init__(self, folder: Path) -> None:
        self.mail, self.hook = MailServer(), Receiver()
        self.data = folder / "var"
        self.settings = _SETTINGS | {"EMAIL_URL": self.mail.url}
        self.system = System(self.data, free_port(), **self.settings)
        self.ledger = Ledger()
        self.memory = Memory(partial(faults.roles, self.system))
        self.struck: list[faults.Struck] = []
        self.came: Counter[str] = Counter()
        self.machine = machine()

    def begin(self) -> None:
        """Until it can be asked."""
        self.mail.start()
        self.hook.start()
        self.system.wait_ready()
        made = json.loads(
            inside(
                self.data,
                f"from tests.soak import office; print(office.build({self.hook.url!r}))",
                **self.settings,
            )
        )
        client = Client(self.system.port, made["token"], made["session"])
        self.load = Load(client, self.ledger)
        for _ticket in range(_CLIENTS):
            self.load.act("create")

    def end(self) -> None:
        self.system.stop()
        self.mail.stop()
        self.hook.stop()

    def capacity(self) -> float:
        """Requests a second that were answered and all of whose deliveries were sent: the best of a few tries."""
        return max(self._served(clients) for clients in _RAMP)

    def soak(self, rate: float, seconds: float) -> None:
        """The load, with a fault from time to time, the last of them early enough to heal."""
        ended, calm = threading.Event(), threading.Event()
        beside = (
            partial(self._strike, calm),
            partial(self._look, ended),
        )
        threads = [threading.Thread(target=each, daemon=True) for each in beside]
        for thread in threads:
            thread.start()
        began = time.monotonic()

        def over() -> bool:
            since = time.monotonic() - began
            if since > seconds - _FAULT_EVERY_S / 2:
                calm.set()
            return since > seconds

        try:
            self.load.run(_CLIENTS, rate=rate, until=over)
        finally:
            calm.set()
            ended.set()
            for thread in threads:
                thread.join(30)

    def settle(self) -> float:
        """Until no delivery waits any more, or patience ends; the seconds that it took."""
        began = time.monotonic()
        while self.ask(_UNSETTLED)[0][0] and time.monotonic() - began < _SETTLED_WITHIN_S:
            time.sleep(0.2)
        return time.monotonic() - began

    def collect(self) -> None:
        """Count by their ids the mails and hooks that came, and keep nothing else of them: a night brings many."""
        number = len(self.mail.received)
        self.came.update(str(each.mail["Message-ID"]) for each in self.mail.received[:number])
        del self.mail.received[:number]
        number = len(self.hook.confirmed)
        self.came.update(self.hook.confirmed[:number])
        del self.hook.confirmed[:number]
        self.hook.requests.clear()

    def verify(self) -> tuple[int, str]:
        """What `tessera verify` ends with and says, of tickets and files."""
        ran = subprocess.run(
            [sys.executable, "-m", "tessera.cli", "verify", "--files"],
            env=environment(self.data, **self.settings),
            capture_output=True,
            text=True,
            check=False,
        )
        return ran.returncode, (ran.stdout + ran.stderr).strip()

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Rows from the database itself."""
        with psycopg.connect(
            host=str(run_dir(self.data)), user=USER, dbname=DATABASE, autocommit=True
        ) as connection:
            return connection.execute(query.encode()).fetchall()

    def _served(self, clients: int) -> float:
        before, began = len(self.load.answers), time.monotonic()
        ends = began + _RAMP_S
        self.load.run(clients, rate=None, until=lambda: time.monotonic() > ends)
        self.settle()
        served = self.load.answers[before:]
        refused = [answer for answer in served if answer.kind is not Kind.SERVED]
        assert not refused, refused[0]  # nothing is broken yet
        return len(served) / (time.monotonic() - began)

    def _look(self, ended: threading.Event) -> None:
        while not ended.wait(_LOOK_EVERY_S):
            self.memory.look(time.monotonic())
            self.collect()

    def _strike(self, calm: threading.Event) -> None:
        made = faults.Faults(self.system, self.mail, self.hook)
        try:
            faults.strike(made, calm, every=_FAULT_EVERY_S, struck=self.struck)
        except Exception as error:  # noqa: BLE001 -- told by the thread that waits
            self.load.broken.append(f"no fault: {error!r}")


def run(minutes: float, *, rate: float | None, tell: Callable[[str], None]) -> Report:
    """All of it; `rate` in requests a second, or None for 70 % of what the machine is found to do."""
    with _rehearsal() as soak:
        soak.begin()
        tell("the system is ready")
        if rate is None:
            capacity = soak.capacity()
            rate = capacity * _SHARE
            tell(f"it does {capacity:.0f} requests a second, deliveries and all")
        soak.load.answers.clear()
        began = time.time()
        tell(f"{minutes:g} minutes at {rate:.0f} requests a second")
        soak.soak(rate, minutes * 60)
        tell("the load is over")
        settled = soak.settle()
        tell(f"deliveries were settled {settled:.1f} s later")
        verified = soak.verify()
        return _report(soak, rate, began, settled, verified)


@contextmanager
def _rehearsal() -> Iterator[Rehearsal]:
    folder = Path(tempfile.mkdtemp(prefix="tessera-soak-"))
    soak = Rehearsal(folder)
    try:
        yield soak
    finally:
        soak.end()
        LOG.parent.mkdir(exist_ok=True)
        LOG.write_text(soak.system.output)
        shutil.rmtree(folder, ignore_errors=True)


def _report(
    soak: Rehearsal,
    rate: float,
    began: float,
    settled: float,
    verified: tuple[int, str],
) -> Report:
    log = soak.ask(IN_LOG)
    told = Counter(fact[0] for fact in log)
    rules = {name: sum(told[each] for each in types) for name, types in DUE.items()}
    soak.collect()
    return Report(
        machine=soak.machine,
        rate=rate,
        began=began,
        settled_s=settled,
        answers=soak.load.answers,
        struck=soak.struck,
        acknowledged=len(soak.ledger.acknowledged),
        comparison=soak.ledger.compare(log),
        uneven=uneven(dict(soak.ask(_MADE_BY_RULE)), rules),
        deliveries=[_sent(*row) for row in soak.ask(_DELIVERIES)],
        received=soak.came,
        memory=soak.memory.growths(),
        verified=verified,
    )


def _sent(
    kind: str, status: str, recorded: bool, created: datetime, sent: datetime | None, error: str
) -> Sent:
    at = None if sent is None else sent.timestamp()
    return Sent(kind, status, recorded, created.timestamp(), at, error)
