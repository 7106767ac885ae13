"""A ticket's page that notes, once it is sent, that its reader has it before him."""

import logging

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from tickets import reading
from tickets.access import Actor
from tickets.state import TicketState

_log = logging.getLogger(__name__)


class Opened(HttpResponse):
    """An answer that has done its work when it is closed: nobody waits for the note, and none is lost with it."""

    state: TicketState
    actor: Actor

    def close(self) -> None:
        try:
            reading.opened(self.state, self.actor)
        except DatabaseError:
            # The page was sent: the ticket stays unread, and is told of again.
            _log.warning("%s was read, and could not be noted", self.state.key, exc_info=True)
        super().close()


def is_read(request: HttpRequest) -> bool:
    """Whether somebody looks at what the request asks for. A browser that fetches ahead may never show it."""
    ahead = "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))
    return request.method == "GET" and not ahead
