"""Messages that wait before they are sent, so that their authors can take them back.

The row is the truth. A worker locks it, takes it through the door as its author with his rights of then, and marks it
sent, all in one transaction: one that dies half way has done nothing, and two never do the same. What the door refuses
becomes a draft again with the reason.
"""

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from psycopg.errors import LockNotAvailable

from tessera.lib import clock
from tessera.lib.errors import Busy, Invalid, Refused
from tickets import config, service, turns
from tickets.access import Actor
from tickets.models import Transaction, UnsentMessage
from tickets.outcome import RECORDS
from tickets.people import People
from tickets.state import lock

log = logging.getLogger(__name__)

WAITING, RETURNED = UnsentMessage.Status.WAITING, UnsentMessage.Status.RETURNED
_SENT = UnsentMessage.Status.SENT
# A press is repeated by an impatient hand, or by a browser that shows an old page again.
_REMEMBERED = timedelta(days=1)
# A message to a worker that waits longer than this would only be in the way; the row is found when it is due.
_LONGEST_WAIT = 60.0
_BATCH = 500
# After so long a ticket that another request holds is tried again.
_PAUSE = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is to be sent. `changes`, `version` and `transition` are the door's; `nonce` names the press that sent it,
    `form` what was filled in beside the text, `instead_of` are returned ones that this takes the place of, `signature`
    is the end of the text that its author did not write himself."""

    changes: Mapping[str, Any]
    nonce: str
    version: int | None = None
    transition: str = ""
    form: Mapping[str, Sequence[str]] = field(default_factory=dict)
    instead_of: Sequence[int] = ()
    signature: str = ""

    @property
    def press(self) -> str:
        """Names this press with these words: who goes back, writes something else and sends that means it."""
        said = json.dumps([self.nonce, self.changes, self.transition], sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()[:36]


def hold(ticket_id: int, letter: Letter, *, actor: Actor) -> UnsentMessage:
    """Keep it until it is due. Raises at once what the door would refuse now, and then nothing is kept.

    The same press with the same words gives again what the first has kept, but for what came back since.
    """
    before = UnsentMessage.objects.filter(author=actor.id, nonce=letter.press).first()
    if before is not None and before.status != RETURNED:
        return before
    if before is not None:
        letter = replace(letter, nonce=uuid4().hex, instead_of=(*letter.instead_of, before.pk))
    tried = service.preview(
        ticket_id,
        letter.changes,
        actor=actor,
        version=letter.version,
        transition=letter.transition or None,
    )
    if tried.refusal is not None:
        raise tried.refusal
    return _keep(ticket_id, letter, actor)


def _keep(ticket_id: int, letter: Letter, actor: Actor) -> UnsentMessage:
    now = clock.now()
    seconds = settings.TESSERA_UNDO_SECONDS
    with transaction.atomic():
        row, made = UnsentMessage.objects.get_or_create(
            author_id=actor.id,
            nonce=letter.press,
            defaults={
                "ticket_id": ticket_id,
                "changes": dict(letter.changes),
                "transition": letter.transition,
                "version": letter.version,
                "form": {name: list(values) for name, values in letter.form.items()},
                "signature": letter.signature,
                "due_at": now + timedelta(seconds=seconds),
                "created_at": now,
            },
        )
        if made:
            drop(ticket_id, actor, letter.instead_of)
            wait = min(seconds, _LONGEST_WAIT)
            transaction.on_commit(lambda: _publish([row.pk], wait=wait), robust=True)
    return row


def drop(ticket_id: int, actor: Actor, ids: Sequence[int]) -> None:
    """Drop the actor's drafts of these, in the caller's transaction. Raises `Invalid` where one is no draft any more:
    another window was faster."""
    if not ids:
        return
    rows = UnsentMessage.objects.filter(
        pk__in=ids, ticket=ticket_id, author=actor.id, status=RETURNED
    )
    if rows.delete()[0] < len(set(ids)):
        told = _("What you took back was sent or thrown away in another window. Send this as well?")
        raise Invalid({"message.content": [told]})


def known_version(ticket_id: int, actor: Actor, version: int | None, *, now: int) -> int | None:
    """The version that the actor has read who saw `version` of a ticket that is at `now`: what came of his own doing
    since, by rules too, he knows. At most one statement."""
    if version is None or version >= now:
        return version
    rows = Transaction.objects.filter(ticket=ticket_id, seq__gt=version).exclude(type__in=RECORDS)
    own = rows.filter(creator=actor.id, cause_transaction=None).values("batch")
    return version if rows.exclude(batch__in=own).exists() else now


def of(ticket_id: int, actor: Actor) -> list[UnsentMessage]:
    """Those of the actor on a ticket that wait or came back, oldest first."""
    rows = UnsentMessage.objects.filter(ticket=ticket_id, author=actor.id)
    return list(rows.filter(status__in=[WAITING, RETURNED]).order_by("pk"))


def refused_of(actor: Actor, *, most: int) -> list[UnsentMessage]:
    """The actor's messages that the door refused, on whatever ticket, newest first."""
    rows = UnsentMessage.objects.filter(author=actor.id, status=RETURNED, error__isnull=False)
    return list(rows.order_by("-pk")[:most])


def take_back(number: int, ticket_id: int, *, actor: Actor) -> bool:
    """Make a waiting one a draft again; False where it was sent already. One that came back stays so.

    Raises `Busy` while a worker has it in hand for too long.
    """
    rows = UnsentMessage.objects.filter(pk=number, ticket=ticket_id, author=actor.id)
    try:
        rows.filter(status=WAITING).update(status=RETURNED, ended_at=clock.now())
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise Busy(_("It is being sent in this very moment; look again.")) from error
        raise
    return rows.filter(status=RETURNED).exists()


def send_now(number: int, ticket_id: int, *, actor: Actor) -> None:
    """Send a waiting one without waiting longer, after those that its author wrote before it."""
    rows = UnsentMessage.objects.filter(ticket=ticket_id, author=actor.id, status=WAITING)
    if rows.filter(pk=number).update(due_at=clock.now()):
        send(number)


def send(number: int) -> None:
    """Send it if it is due, after those that its author wrote before it on the same ticket."""
    row = UnsentMessage.objects.filter(pk=number, status=WAITING, due_at__lte=clock.now()).first()
    if row is None:
        return
    before = UnsentMessage.objects.filter(
        ticket=row.ticket_id, author=row.author_id, status=WAITING, pk__lte=row.pk
    )
    try:
        while _send_first(before):
            pass
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        # Another worker has the first in hand; the next round finds what he leaves.


def revive() -> None:
    """Tell workers of those that are due."""
    rows = UnsentMessage.objects.filter(status=WAITING, due_at__lte=clock.now())
    _publish(list(rows.order_by("due_at").values_list("pk", flat=True)[:_BATCH]))


def purge() -> int:
    """Forget the presses of long ago; how many there were."""
    old = UnsentMessage.objects.filter(status=_SENT, ended_at__lt=clock.now() - _REMEMBERED)
    return old.delete()[0]


def _publish(ids: list[int], *, wait: float = 0) -> None:
    turns.publish("tickets.tasks.send_unsent", ids, wait=wait)


def _send_first(rows: "QuerySet[UnsentMessage]") -> bool:
    """Settle the first of these; False where none waits, or its ticket is held. The row is locked until it is done."""
    with transaction.atomic():
        row = rows.select_for_update().order_by("pk").first()
        if row is None:
            return False
        try:
            _through_the_door(row)
        except Busy:
            UnsentMessage.objects.filter(pk=row.pk).update(due_at=clock.now() + _PAUSE)
            return False
        except Refused as refusal:
            _give_back(row, refusal.body())
        except OperationalError:
            raise  # the database itself, or a lock: another time
        except Exception:
            log.exception("The message %s could not be sent", row.pk)
            _give_back(row, {"code": "server_error", "detail": _("The server failed at it.")})
        else:
            UnsentMessage.objects.filter(pk=row.pk).update(
                status=_SENT, ended_at=clock.now(), changes={}, form={}, signature=""
            )
    return True


def _through_the_door(row: UnsentMessage) -> None:
    """As its author, with his rights of now. All or nothing."""
    author = People().by_id(row.author_id)
    assert author is not None  # noqa: S101  # authors of such rows can't be deleted
    actor = Actor(author, config.current())
    with transaction.atomic():
        state = lock([row.ticket_id])[row.ticket_id]
        version = known_version(row.ticket_id, actor, row.version, now=state.version)
        service.apply(
            row.ticket_id,
            row.changes,
            actor=actor,
            version=version,
            transition=row.transition or None,
        )


def _give_back(row: UnsentMessage, error: Mapping[str, Any]) -> None:
    """It becomes a draft, and so do those that were to follow it: they were written to stand after it."""
    now = clock.now()
    UnsentMessage.objects.filter(pk=row.pk).update(status=RETURNED, ended_at=now, error=dict(error))
    told = _("The message before it was not sent.")
    UnsentMessage.objects.filter(
        ticket=row.ticket_id, author=row.author_id, status=WAITING, pk__gt=row.pk
    ).update(status=RETURNED, ended_at=now, error={"code": "followed", "detail": told})
