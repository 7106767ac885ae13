"""`tessera verify`: does every ticket still tell what its log says?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tickets.replay import verify


class Command(BaseCommand):
    """Replays every ticket's log and checks its chain."""

    help = (
        "Replay every ticket's log, compare the result with the ticket, and check the chain of digests. "
        "Exit 0 and one summary line, or exit 1 and a line for each fault."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        tickets = transactions = faults = 0
        for seen, rows, found in verify():
            tickets += seen
            transactions += rows
            faults += len(found)
            for line in found:
                self.stdout.write(line)
        summary = _("%(tickets)s with %(transactions)s") % {
            "tickets": ngettext("%d ticket", "%d tickets", tickets) % tickets,
            "transactions": ngettext("%d transaction", "%d transactions", transactions)
            % transactions,
        }
        if faults:
            told = ngettext("%d fault", "%d faults", faults) % faults
            raise CommandError(f"{summary}: {told}", returncode=1)
        self.stdout.write(f"{summary}: all digests and projections hold.")
