"""The scrips that the stock lifecycles live by. They are always there; who does not want one disables it."""

from collections.abc import Mapping
from typing import Any

from django.db import DEFAULT_DB_ALIAS, transaction

from scrips.models import Scrip, ScripVersion
from scrips.service import snapshot_of
from tessera.accounts.models import User
from tessera.accounts.stock import SYSTEM_USERNAME
from tessera.lib import clock

CUSTOMER_REPLY = "A requestor's reply takes the work up again"

STOCK: Mapping[str, Mapping[str, Any]] = {
    CUSTOMER_REPLY: {
        "description": "Takes customer_reply in the lifecycle support-ticket.",
        "condition_type": "UserDefined",
        "condition_config": {
            "query": "Transaction.Type = 'Correspond' AND Lifecycle = 'support-ticket'"
            " AND Status = 'pending_customer' AND Requestor.EmailAddress = Actor.EmailAddress"
        },
        "action_type": "SetStatus",
        "action_config": {"status": "in_progress"},
    },
}


def make_scrips(using: str = DEFAULT_DB_ALIAS, **_signal: object) -> None:
    """Make what is missing, global, under its name."""
    for name, fields in STOCK.items():
        with transaction.atomic(using=using):
            scrips = Scrip.objects.using(using)
            if scrips.filter(name=name, everywhere=True).exists():
                continue
            row = scrips.create(name=name, **fields)
            ScripVersion.objects.using(using).create(
                scrip_id=row.pk,
                version=row.version,
                snapshot=snapshot_of(row),
                note="",
                creator_id=User.objects.using(using).get(username=SYSTEM_USERNAME).pk,
                created_at=clock.now(),
            )
