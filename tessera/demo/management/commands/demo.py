"""`tessera demo`: a company's ninety days, to look at and to try things on."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from scrips import outbox
from tessera.demo import builder, historian
from tessera.lib import clock
from tickets.models import Ticket


class Command(BaseCommand):
    """Fills an empty system through the door, with the clock moved."""

    help = "Make a believable company with 90 days of tickets. Nothing leaves the machine."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tickets", type=int, default=300, help="how many (300)")
        parser.add_argument(
            "--seed", type=int, default=1, help="the same seed tells the same story (1)"
        )
        parser.add_argument(
            "--reset",
            action="store_true",
            help="first remove ALL tickets with their log and files, and ALL queues, custom fields, scrips and"
            " templates, yours too; people, tokens and lifecycles stay",
        )

    def handle(self, *, tickets: int, seed: int, reset: bool, **_options: Any) -> None:
        if tickets < 1:
            raise CommandError("--tickets takes a number from 1 up")
        if not reset:
            self._refuse_a_system_in_use()
        now = clock.now()
        with outbox.held(), transaction.atomic():
            if reset:
                count = Ticket.objects.count()
                self.stdout.write(
                    f"Removing all {count} tickets, their log, and all configuration."
                )
                builder.empty()
            cast = builder.build()
            for done in historian.tell(tickets, seed=seed, cast=cast, now=now):
                self._progress(done, tickets)
            builder.silence()
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        self.stdout.write(f"Made {tickets} tickets of Brightwell, seed {seed}.")

    def _refuse_a_system_in_use(self) -> None:
        if Ticket.objects.exists():
            raise CommandError(
                "There are tickets already. `tessera demo --reset` removes them all first."
            )
        if taken := builder.taken():
            raise CommandError(
                f"There is already: {', '.join(taken)}. Rename it, or let `tessera demo --reset` remove"
                " all configuration first."
            )

    def _progress(self, done: int, tickets: int) -> None:
        if sys.stderr.isatty():
            bar = "█" * (30 * done // tickets)
            sys.stderr.write(
                f"\r  {bar:<30} {done}/{tickets} tickets" + ("\n" if done == tickets else "")
            )
            sys.stderr.flush()
        elif done % max(1, tickets // 10) == 0:
            sys.stderr.write(f"demo: {done}/{tickets} tickets\n")
