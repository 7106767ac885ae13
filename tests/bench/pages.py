"""Pages of the desk and of the administration, asked in process: how long each takes, with how many statements."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from customfields.models import CustomField
from scrips.models import Delivery, Run, Scrip, Template
from tessera.accounts.models import User
from tessera.lib import codememory
from tests.bench.measure import Times, times_of
from tickets.models import Queue, Ticket, Transaction

# ms, by the number of tickets: up to the demo's, and above.
DESK, ADMINISTRATION = (100.0, 200.0), (150.0, 300.0)
_FEW = 10_000
_DESK = (
    "/",
    "/?view=all",
    "/search?q=Status = '__Active__' AND Priority > 50",
    "/search?q=Subject LIKE 'printer'",
    "/tickets/{ticket}",
    "/tickets/{ticket}?show=automation&order=oldest",
    "/tickets/{ticket}/why/{seq}",
    "/tickets/new?queue={queue}",
    "/views/new?q=Status = open",
)
_ADMINISTRATION = (
    "/admin/",
    "/admin/check",
    "/admin/settings",
    "/admin/scrips/scrip/",
    "/admin/scrips/scrip/{scrip}/change/",
    "/admin/scrips/template/",
    "/admin/scrips/template/{template}/change/",
    "/admin/scrips/delivery/",
    "/admin/scrips/delivery/?status=dead",
    "/admin/scrips/delivery/{delivery}/change/",
    "/admin/scrips/run/",
    "/admin/scrips/run/?span=week",
    "/admin/lifecycles/lifecycle/",
    "/admin/lifecycles/lifecycle/{lifecycle}/change/",
    "/admin/customfields/customfield/",
    "/admin/customfields/customfield/{field}/change/",
    "/admin/tickets/queue/",
    "/admin/tickets/queue/{queue}/change/",
    "/admin/tickets/ticket/",
    "/admin/tickets/transaction/",
    "/admin/accounts/user/",
    "/admin/accounts/role/",
    "/admin/accounts/auditentry/",
    "/admin/who-may",
    "/admin/configuration",
)


@dataclass(frozen=True, slots=True)
class Line:
    """A page; `first` is what it took in a process that had not shown it yet, in ms."""

    path: str
    status: int
    first: float
    times: Times
    statements: int
    kilobytes: float
    budget: float

    @property
    def over(self) -> bool:
        return self.times.p95 > self.budget


def run(tickets: int, *, turns: int) -> Iterator[Line]:
    """Each page as an administrator sees it, so many times after the first."""
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(User.objects.get(username="bench"))
    names = _names()
    # As the web server has it before its first request.
    get_resolver().url_patterns  # noqa: B018
    codememory.set_aside()
    uncollected = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(STORAGES={**settings.STORAGES, "staticfiles": uncollected}):
        for paths, budgets in ((_DESK, DESK), (_ADMINISTRATION, ADMINISTRATION)):
            for path in paths:
                budget = budgets[tickets > _FEW]
                yield _line(client, path.format(**names), turns=turns, budget=budget)


def _line(client: Client, path: str, *, turns: int, budget: float) -> Line:
    def ask() -> tuple[float, int, int]:
        begun = time.perf_counter()
        answer = client.get(path)
        return (time.perf_counter() - begun) * 1000, answer.status_code, len(answer.content)

    first, status, size = ask()
    times = times_of([[ask()[0] for _turn in range(turns)]])
    with CaptureQueriesContext(connection) as asked:
        ask()
    return Line(path, status, first, times, len(asked), size / 1000, budget)


def row(line: Line) -> str:
    """For people."""
    mark = "  OVER" if line.over else ""
    wrong = "" if line.status == 200 else f"  answered {line.status}"
    return (
        f"{line.path[:58]:<60}{line.first:>8.0f}{line.times.p50:>8.0f}{line.times.p95:>8.0f}"
        f"{line.statements:>6}{line.kilobytes:>8.0f}{line.budget:>8.0f}{mark}{wrong}"
    )


def as_json(line: Line) -> dict[str, object]:
    """For programs."""
    return {
        "path": line.path,
        "first_ms": round(line.first, 1),
        "p50_ms": round(line.times.p50, 1),
        "p95_ms": round(line.times.p95, 1),
        "statements": line.statements,
        "kilobytes": round(line.kilobytes, 1),
        "budget_ms": line.budget,
    }


def _names() -> dict[str, object]:
    """What the paths speak of: the newest of each, and a ticket with a history."""
    ticket = Ticket.objects.filter(last_seq__gte=15).order_by("-pk")[0]
    queue = Queue.objects.get(pk=ticket.queue_id)
    run = Run.objects.order_by("-pk")[0]
    return {
        "ticket": ticket.key,
        "seq": Transaction.objects.filter(ticket=ticket, round_seq__isnull=False).latest("seq").seq,
        "queue": queue.pk,
        "lifecycle": queue.lifecycle_id,
        "scrip": run.scrip_id
        if Scrip.objects.filter(pk=run.scrip_id).exists()
        else Scrip.objects.latest("pk").pk,
        "template": Template.objects.latest("pk").pk,
        "delivery": Delivery.objects.latest("pk").pk,
        "field": CustomField.objects.latest("pk").pk,
    }
