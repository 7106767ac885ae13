"""How tickets look in requests and answers, for the OpenAPI document alone.

The door checks what comes in and `tickets.representation` writes what goes out: nothing here runs
in a request.
"""

from typing import Any

from rest_framework import serializers

from tessera.lib.api.bodies import Body
from tessera.lib.values import MAX_ID
from tickets.api.naming import TicketReference

CONTENT_TYPES = ["text/plain", "text/html", "text/markdown"]


def _id(**options: Any) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=1, max_value=MAX_ID, **options)


def _ids(**options: Any) -> serializers.ListField:
    return serializers.ListField(child=_id(), **options)


def _tickets() -> serializers.ListField:
    return serializers.ListField(child=TicketReference(), required=False)


def _addresses() -> serializers.ListField:
    return serializers.ListField(child=serializers.EmailField(max_length=254), required=False)


class _Written(serializers.Serializer[Any]):
    """An answer: all of its fields are there."""


class Watchers(_Written):
    """Addresses by role."""

    requestor = serializers.ListField(child=serializers.CharField())
    cc = serializers.ListField(child=serializers.CharField())
    admin_cc = serializers.ListField(child=serializers.CharField())


class Links(_Written):
    """Ids of tickets by direction."""

    depends_on = serializers.ListField(child=serializers.IntegerField())
    depended_on_by = serializers.ListField(child=serializers.IntegerField())
    parents = serializers.ListField(child=serializers.IntegerField())
    children = serializers.ListField(child=serializers.IntegerField())
    refers_to = serializers.ListField(child=serializers.IntegerField())
    referred_to_by = serializers.ListField(child=serializers.IntegerField())


class Ticket(_Written):
    """A ticket. `id` and `key` are null in a preview of a create."""

    id = serializers.IntegerField(allow_null=True)
    key = serializers.CharField(allow_null=True)
    subject = serializers.CharField()
    queue_id = serializers.IntegerField()
    status = serializers.CharField()
    owner_id = serializers.IntegerField(allow_null=True)
    creator_id = serializers.IntegerField()
    priority = serializers.IntegerField(min_value=0, max_value=100)
    due_at = serializers.DateTimeField(allow_null=True)
    started_at = serializers.DateTimeField(allow_null=True)
    resolved_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    version = serializers.IntegerField()
    lifecycle_id = serializers.IntegerField()
    lifecycle_version = serializers.IntegerField()
    custom_fields = serializers.DictField(child=serializers.JSONField())
    watchers = Watchers()
    links = Links()


class Transition(_Written):
    """A transition that the caller may take now."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # DRF takes fields out of the class
    to = serializers.CharField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """With `from`, which no attribute can be called."""
        return super().get_fields() | {"from": serializers.CharField()}


class Transitions(_Written):
    """All of them."""

    results = Transition(many=True)


class TicketDetail(Ticket):
    """A ticket read alone."""

    enabled_transitions = Transition(many=True)


class Cause(_Written):
    """The scrip and the transaction because of which a transaction was made."""

    scrip_id = serializers.IntegerField()
    transaction_id = serializers.IntegerField(allow_null=True)


class Transaction(_Written):
    """One fact of a ticket's log."""

    id = serializers.IntegerField(allow_null=True)
    ticket_id = serializers.IntegerField(allow_null=True)
    seq = serializers.IntegerField()
    type = serializers.CharField()
    field = serializers.CharField(allow_blank=True, allow_null=True)
    old_value = serializers.JSONField(allow_null=True)
    new_value = serializers.JSONField(allow_null=True)
    data = serializers.DictField()  # type: ignore[assignment]  # the same
    creator_id = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    batch = serializers.IntegerField(allow_null=True)
    cause = Cause(allow_null=True)
    digest = serializers.CharField()


class Fired(_Written):
    """A scrip that fired, with what came of it."""

    scrip_id = serializers.IntegerField()
    name = serializers.CharField()
    stage = serializers.CharField()
    condition_type = serializers.CharField()
    action_type = serializers.CharField()
    transaction_id = serializers.IntegerField(allow_null=True)
    because = serializers.CharField()
    effect = serializers.DictField(allow_null=True)
    error = serializers.CharField(allow_null=True)


class Skipped(_Written):
    """A scrip that was asked and did not fire."""

    scrip_id = serializers.IntegerField()
    name = serializers.CharField()
    stage = serializers.CharField()
    because = serializers.CharField()


class Outcome(_Written):
    """What came of a change."""

    ticket = Ticket()
    transactions = Transaction(many=True)
    scrips_fired = Fired(many=True)


class Preview(_Written):
    """What would come of a change. `errors` is the body that the real call would answer."""

    ticket = Ticket(allow_null=True)
    transactions = Transaction(many=True)
    scrips_fired = Fired(many=True)
    scrips_skipped = Skipped(many=True)
    dry_run = serializers.BooleanField()
    allowed = serializers.BooleanField()
    errors = serializers.DictField(allow_null=True)  # type: ignore[assignment]  # the same


class NewMessage(Body):
    """The text that a ticket begins with."""

    content = serializers.CharField(max_length=1_000_000)
    content_type = serializers.ChoiceField(choices=CONTENT_TYPES, required=False)
    attachment_ids = _ids(required=False)


class Message(NewMessage):
    """A comment (internal) or a reply."""

    type = serializers.ChoiceField(choices=["comment", "correspond"])
    skip_recipients = _addresses()


class LinkLists(Body):
    """The whole new list of each direction that is given."""

    depends_on = _tickets()
    depended_on_by = _tickets()
    parents = _tickets()
    children = _tickets()
    refers_to = _tickets()
    referred_to_by = _tickets()


class _TicketFields(Body):
    subject = serializers.CharField(max_length=255, required=False, allow_blank=True)
    queue_id = _id(required=False)
    queue = serializers.CharField(required=False)
    status = serializers.CharField(required=False)
    owner_id = _id(required=False, allow_null=True)
    priority = serializers.IntegerField(min_value=0, max_value=100, required=False)
    due_at = serializers.DateTimeField(required=False, allow_null=True)
    custom_fields = serializers.DictField(child=serializers.JSONField(), required=False)
    requestors = _addresses()
    cc = _addresses()
    admin_cc = _addresses()
    links = LinkLists(required=False)


class TicketCreate(_TicketFields):
    """A new ticket; `queue_id` or `queue` (its name) must be given."""

    subject = serializers.CharField(max_length=255, allow_blank=True)
    message = NewMessage(required=False)


class TicketUpdate(_TicketFields):
    """What is given is changed; lists are whole new lists."""

    message = Message(required=False)
    version = serializers.IntegerField(min_value=1, required=False)


class BulkMessage(Body):
    """A comment or a reply of its own on each ticket; files belong to one message alone."""

    type = serializers.ChoiceField(choices=["comment", "correspond"])
    content = serializers.CharField(max_length=1_000_000)
    content_type = serializers.ChoiceField(choices=CONTENT_TYPES, required=False)
    skip_recipients = _addresses()


class BulkUpdate(_TicketFields):
    """What an update takes, besides the version."""

    message = BulkMessage(required=False)


class TransitionBody(TicketUpdate):
    """What an update takes, besides the status."""

    status = None  # type: ignore[assignment]  # DRF's way to leave an inherited field out


class Note(NewMessage):
    """The text of a comment or reply."""


class NoteForm(serializers.Serializer[Any]):
    """The same as a form, with files."""

    content = serializers.CharField()
    content_type = serializers.ChoiceField(choices=CONTENT_TYPES, required=False)
    attachment_ids = _ids(required=False)
    attachments = serializers.ListField(child=serializers.FileField(), required=False)
