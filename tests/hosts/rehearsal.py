"""The hosts cut off and killed in the middle of their work, and what is left."""

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from tessera.runtime.postgres import USER
from tests.hosts import network
from tests.hosts.apart import BROKER, DB, WEBS, WORKERS
from tests.hosts.client import Client, Load, ready
from tests.hosts.parts import Parts
from tests.journeys.servers import MailServer, Receiver
from tests.journeys.stack import wait_until

_SOME = 40


class Rehearsal:
    """All hosts up, and a rule that sends a mail and one that calls a webhook for each ticket."""

    def __init__(self, folder: Path, *, pooled: bool) -> None:
        self.mail, self.hook = MailServer(), Receiver(host=network.CLIENT)
        self.mail.start()
        self.hook.start()
        more = {
            "EMAIL_URL": self.mail.url,
            "TESSERA_DEMO": "0",
            "TESSERA_RETRY_SCHEDULE": ",".join(["0", *["1"] * 60]),
            "TESSERA_DELIVERY_LEASE": "20",
        }
        self.parts = Parts(folder, pooled, more)
        self.client = Client("")

    def begin(self) -> None:
        parts = self.parts
        parts.database.start()
        parts.broker.start()
        if parts.pooler:
            parts.pooler.start()
            self.ask(f"ALTER ROLE {USER} SET lock_timeout = '5s'")
        parts.command("migrate", "--verbosity=0")
        parts.command("shell", "-c", _ADMINISTRATOR)
        self.client.token = parts.command("token", "root").strip()
        for child in (*parts.webs, *parts.workers, *parts.beats):
            child.start()
        for web in range(len(WEBS)):
            wait_until(partial(ready, self.client, web), f"web host {web} is ready")
        self._rules()

    def _rules(self) -> None:
        template = {"name": "T", "subject_template": "Hello", "body_template": "{{ ticket.key }}"}
        template_id = self.client.on(0, "POST", "/templates", json=template).json()["id"]
        common = {"condition_type": "OnCreate"}
        mail = {"action_type": "SendEmail", "action_config": {"to": ["requestor"]}}
        hook = {"action_type": "Webhook", "action_config": {"url": self.hook.url}}
        for rule in (
            {"name": "mail", **mail, "template_id": template_id},
            {"name": "hook", **hook},
        ):
            answer = self.client.on(0, "POST", "/scrips", json={**common, **rule})
            assert answer.status_code == 201, answer.text

    def ask(self, query: str) -> Any:
        """Rows from the database itself."""
        with psycopg.connect(
            host=DB.address, user=USER, dbname="postgres", autocommit=True
        ) as connection:
            cursor = connection.execute(query)
            return cursor.fetchall() if cursor.description else []

    def settled(self) -> bool:
        """Whether every delivery was sent and stands in its ticket's log."""
        query = "SELECT count(*) FROM scrips_delivery WHERE status <> 'sent' OR NOT recorded"
        return bool(self.ask(query)[0][0] == 0)

    def actor(self) -> str:
        """The host whose beat acts now."""
        rows = self.ask("SELECT holder FROM runtime_lease WHERE name = 'beat'")
        return str(rows[0][0]) if rows else ""


_ADMINISTRATOR = """
from tessera.accounts.models import User
from tickets.stock import make_administrator
make_administrator(User.objects.create_user("root", "only for this run", email="root@example.com"))
"""


def told(what: str, began: float, more: str = "") -> None:
    sys.stdout.write(f"{time.monotonic() - began:7.1f} s  {what}{more}\n")
    sys.stdout.flush()


def break_things(run: Rehearsal, load: Load, tell: Callable[[str], None]) -> None:
    """Each host in turn, while tickets are made; each comes back after some more tickets, or after a while."""
    parts = run.parts
    cut = ((WEBS[0], "a web host"), (WORKERS[0], "a worker host"))
    for host, name in cut:
        host.cut_off()
        load.more(_SOME, f"tickets are made without {name}")
        host.join()
        tell(f"{name} was cut off: {_SOME} tickets meanwhile")
    for child, name in ((parts.webs[1], "a web host"), (parts.workers[1], "a worker host")):
        child.kill()
        load.more(_SOME, f"tickets are made without {name}")
        child.start()
        tell(f"{name} was killed: {_SOME} tickets meanwhile")
    parts.broker.kill()
    load.more(_SOME, "tickets are made without a broker")
    parts.broker.start()
    tell(f"the broker was killed: {_SOME} tickets meanwhile")
    for host, name in ((BROKER, "the broker"), (DB, "the database")):
        made = len(load.made)
        host.cut_off()
        time.sleep(8)
        host.join()
        tell(f"{name} was cut off for 8 s: {len(load.made) - made} tickets meanwhile")
        load.more(_SOME, f"tickets are made after {name} is back")
    parts.database.kill()
    parts.database.start()
    load.more(_SOME, "tickets are made after the database was killed")
    tell("the database was killed and started again")


def hand_over(run: Rehearsal) -> float:
    """Kill the beat that acts; the seconds until another does."""
    before = run.actor()
    acting = run.parts.beats[[host.name for host in WORKERS].index(before.split()[-1])]
    began = time.monotonic()
    acting.kill()
    wait_until(lambda: run.actor() != before, "another beat acts")
    acting.start()
    return time.monotonic() - began


def lost(run: Rehearsal, load: Load) -> list[str]:
    """What does not add up."""
    found = []
    rows = [number for (number,) in run.ask("SELECT id FROM tickets_ticket ORDER BY id")]
    if rows != sorted(load.made):
        found.append(f"{len(load.made)} tickets were answered, {len(rows)} are there")
    kinds = dict(run.ask("SELECT kind, count(*) FROM scrips_delivery GROUP BY kind"))
    if set(kinds.values()) != {len(rows)}:
        found.append(f"deliveries of {len(rows)} tickets: {kinds}")
    mails = Counter(mail.mail["Message-ID"] for mail in run.mail.received)
    hooks = Counter(run.hook.confirmed)
    if (len(mails), len(hooks)) != (len(rows), len(rows)):
        found.append(f"{len(mails)} mails and {len(hooks)} webhooks came")
    return found


def twice(run: Rehearsal) -> int:
    """Deliveries that came more than once: their worker was gone before it could note that they were taken."""
    mails = Counter(mail.mail["Message-ID"] for mail in run.mail.received)
    hooks = Counter(run.hook.confirmed)
    return sum(number > 1 for counter in (mails, hooks) for number in counter.values())


def files_are_shared(run: Rehearsal) -> None:
    """What is uploaded to one web host is downloaded from the other."""
    sent = run.client.on(0, "POST", "/attachments", files={"file": ("a.txt", b"shared")})
    got = run.client.on(1, "GET", f"/attachments/{sent.json()['id']}")
    assert (got.status_code, got.content) == (200, b"shared"), got.text


def rehearse(*, pooled: bool) -> list[str]:
    """Prints what happened; what was lost."""
    tell = partial(told, began=time.monotonic())
    with tempfile.TemporaryDirectory(prefix="tessera-hosts-") as folder:
        run = Rehearsal(Path(folder), pooled=pooled)
        run.begin()
        tell("two web hosts, two worker hosts, a database and a broker are ready")
        files_are_shared(run)
        tell("a file goes up on one web host and comes down from the other")

        def values(number: int) -> dict[str, Any]:
            return {"subject": str(number), "queue": "General", "requestors": ["ann@example.com"]}

        with Load(run.client, values, threads=4) as load:
            load.more(_SOME, "tickets are made")
            break_things(run, load, tell)
        tell(f"beat was killed, another acts after {hand_over(run):.1f} s")
        wait_until(run.settled, "every mail and webhook is sent and recorded")
        verified = run.parts.command("verify").strip()
        faults = lost(run, load)
        tell(f"{len(load.made)} tickets; {run.client.again} requests had to be repeated")
        tell(f"{2 * len(load.made)} deliveries sent, {twice(run)} of them came twice")
        tell(verified)
        for fault in faults:
            tell(f"LOST: {fault}")
    return faults
