"""Writing queues, each with its custom fields in their order."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from customfields.models import CustomField
from lifecycles.models import Lifecycle
from tessera.lib.errors import Invalid
from tickets import fielding
from tickets.models import Queue, QueueField


def save(row: Queue | None, values: Mapping[str, Any]) -> Queue:
    """Make a queue, or change it. `values` are attributes that were checked, and `queue_fields`, the ids of all of its
    fields in their order.

    Runs inside a transaction. Raises `Invalid` where the name is taken, and where a field lacks one that controls it.
    """
    own = dict(values)
    field_ids = own.pop("queue_fields", None)
    queue = row or Queue(lifecycle=Lifecycle.objects.get(name="default"))
    for name, value in own.items():
        setattr(queue, name, value)
    try:
        with transaction.atomic():
            queue.save()
    except IntegrityError as fault:
        if "queue_name_unique" in str(fault):
            raise Invalid({"name": [_("is taken")]}) from None
        raise
    if field_ids is not None:
        _attach(queue, field_ids)
        fields = CustomField.objects.filter(pk__in=field_ids)
        fielding.refuse_lone_in(fields, "custom_field_ids")
    return queue


def _attach(queue: Queue, field_ids: list[int]) -> None:
    """Exactly these fields, in this order. Fields that are deleted keep their place unseen."""
    QueueField.objects.filter(queue=queue, field__disabled=False).delete()
    QueueField.objects.bulk_create(
        QueueField(queue=queue, field_id=field_id, position=place)
        for place, field_id in enumerate(field_ids)
    )
