"""What requests take among very many tickets. Nothing is kept: writes are previews, and their floor is undone."""

from collections.abc import Iterator

from django.conf import settings
from django.db import connection
from django.test import override_settings

from scrips import wakes
from tessera.accounts.models import ApiToken, User
from tests.bench.curves import Bench, Pair, Point
from tests.bench.floor import Floor
from tickets.models import Queue, Ticket

_STATUS = "resolved"
# A ticket that has all that a floor copies.
_WHOLE = """
    SELECT t.id FROM tickets_ticket t JOIN tickets_queue q ON q.id = t.queue_id AND NOT q.disabled
    WHERE t.status = 'open' AND t.id > (SELECT max(id) FROM tickets_ticket) / 2
        AND EXISTS (SELECT FROM tickets_message m WHERE m.ticket_id = t.id)
        AND EXISTS (SELECT FROM tickets_watcher w WHERE w.ticket_id = t.id)
        AND EXISTS (SELECT FROM scrips_delivery d WHERE d.ticket_id = t.id)
    ORDER BY t.id LIMIT 1
"""


def run(size: int, *, quick: bool) -> Iterator[Point]:
    """As an administrator asks, in the database that Django is at."""
    bench = Bench(ApiToken.issue(User.objects.get(username="bench")), quick=quick)
    with connection.cursor() as cursor:
        cursor.execute(_WHOLE)
        ((number,),) = cursor.fetchall()
    ticket = Ticket.objects.get(pk=number)
    floor = Floor(bench.dsn, number)
    uncollected = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with (
        wakes.held(),
        override_settings(STORAGES={**settings.STORAGES, "staticfiles": uncollected}),
    ):
        yield from bench.measured(size, _pairs(bench, ticket, floor))
    floor.close()


def _pairs(bench: Bench, ticket: Ticket, floor: Floor) -> dict[str, Pair]:
    queue = Queue.objects.get(pk=ticket.queue_id)
    send, path = bench.api.send, f"tickets/{ticket.pk}"
    given = {"queue": queue.name, "subject": "One more", "message": {"content": "It is jammed."}}
    text = f"/search?q=Queue = '{queue.name}' AND Status = '{_STATUS}'"

    def found() -> None:
        floor.found(queue.pk, _STATUS)

    return {
        "preview of a create": (
            lambda: send("POST", "tickets/preview", given),
            lambda: floor.undone(floor.create),
        ),
        "preview of a PATCH": (
            lambda: send("POST", f"{path}/preview", {"priority": 100 - ticket.priority}),
            lambda: floor.undone(floor.patch),
        ),
        "read": (lambda: send("GET", path), floor.read),
        "list of 50": (lambda: send("GET", "tickets?order=-updated_at,id"), floor.page),
        "queue and status": (
            lambda: send("GET", f"tickets?queue_id={queue.pk}&status={_STATUS}"),
            found,
        ),
        "page of a search": (lambda: bench.page(text), found),
        "page of a ticket": (
            lambda: bench.page(f"/tickets/{ticket.key}"),
            lambda: floor.conversation(ticket.pk),
        ),
    }
