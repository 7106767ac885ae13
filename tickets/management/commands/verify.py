"""`tessera verify`: does every ticket still tell what its log says?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import ngettext

from tickets import files
from tickets.replay import extent, verify


class Command(BaseCommand):
    """Replays every ticket's log and checks its chain."""

    help = (
        "Replay every ticket's log, compare the result with the ticket, and check the chain of digests. "
        "Exit 0 and one summary line, or exit 1 and a line for each fault."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--files",
            action="store_true",
            help="Read the content of every attachment as well, and compare it with its SHA-256.",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        tickets = transactions = faults = 0
        for seen, rows, found in verify():
            tickets += seen
            transactions += rows
            faults += self._tell(found)
        summary = extent(tickets, transactions)
        if options["files"]:
            contents = 0
            for seen, found in files.faults():
                contents += seen
                faults += self._tell(found)
            summary += ngettext(", %d file", ", %d files", contents) % contents
        if faults:
            told = ngettext("%d fault", "%d faults", faults) % faults
            raise CommandError(f"{summary}: {told}", returncode=1)
        self.stdout.write(f"{summary}: all digests and projections hold.")

    def _tell(self, found: list[str]) -> int:
        for line in found:
            self.stdout.write(line)
        return len(found)
