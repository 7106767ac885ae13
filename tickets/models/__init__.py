from tickets.models.attachment import Attachment
from tickets.models.bulk_change import BulkChange, BulkTicket
from tickets.models.grant import Grant
from tickets.models.idempotency import IdempotencyKey
from tickets.models.link import Link
from tickets.models.message import Message
from tickets.models.queue import Queue, QueueField
from tickets.models.reading import Reading
from tickets.models.saved_search import SavedView
from tickets.models.ticket import Ticket
from tickets.models.transaction import Transaction
from tickets.models.unsent_message import UnsentMessage
from tickets.models.version_move import VersionMove
from tickets.models.watcher import Watcher

__all__ = [
    "Attachment",
    "BulkChange",
    "BulkTicket",
    "Grant",
    "IdempotencyKey",
    "Link",
    "Message",
    "Queue",
    "QueueField",
    "Reading",
    "SavedView",
    "Ticket",
    "Transaction",
    "UnsentMessage",
    "VersionMove",
    "Watcher",
]
