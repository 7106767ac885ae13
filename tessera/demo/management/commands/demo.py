"""`tessera demo`: a company's ninety days, to look at and to try things on."""

import sys
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.utils.translation import ngettext

from scrips import wakes
from tessera.demo import builder, historian, large
from tessera.demo.company import BRIGHTWELL, Company
from tessera.demo.growth import grown
from tessera.demo.plot import plot
from tessera.lib import clock
from tickets.models import Ticket


class Command(BaseCommand):
    """Fills an empty system through the door, with the clock moved."""

    _told: tuple[str, int] = ("", 0)

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
        company = BRIGHTWELL if tickets <= large.THROUGH_THE_DOOR else grown(tickets)
        if not reset:
            self._refuse_a_system_in_use(company)
        now = clock.now()
        with wakes.held(), transaction.atomic():
            if reset:
                count = Ticket.objects.count()
                removing = ngettext(
                    "Removing the %d ticket, its log, and all configuration.",
                    "Removing all %d tickets, their log, and all configuration.",
                    count,
                )
                self.stdout.write(removing % count)
                builder.empty()
            if company is BRIGHTWELL:
                self._tell(tickets, seed, now)
            else:
                told = large.PATTERNS
                for step in large.make(tickets, seed=seed, company=company, now=now, told=told):
                    self._progress(step.done, step.total, step.doing or "tickets")
            builder.silence(company)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        made = ngettext(
            "Made %(count)d ticket of Brightwell, seed %(seed)d.",
            "Made %(count)d tickets of Brightwell, seed %(seed)d.",
            tickets,
        )
        self.stdout.write(made % {"count": tickets, "seed": seed})

    def _tell(self, tickets: int, seed: int, now: datetime) -> None:
        cast = builder.build(BRIGHTWELL)
        events = plot(tickets, seed=seed, customers=cast.customers, now=now)
        for done in historian.tell(events, seed=seed, cast=cast):
            self._progress(done, tickets, "tickets")

    def _refuse_a_system_in_use(self, company: Company) -> None:
        if Ticket.objects.exists():
            raise CommandError(
                "There are tickets already. `tessera demo --reset` removes them all first."
            )
        if taken := builder.taken(company):
            raise CommandError(
                f"There is already: {', '.join(taken)}. Rename it, or let `tessera demo --reset` remove"
                " all configuration first."
            )

    def _progress(self, done: int, total: int, things: str) -> None:
        if sys.stderr.isatty():
            bar = "█" * (30 * done // total)
            sys.stderr.write(
                f"\r  {bar:<30} {done}/{total} {things}" + ("\n" if done == total else "")
            )
            sys.stderr.flush()
            return
        tenth = (things, 10 * done // total)
        if tenth != self._told and done * 10 >= total:
            sys.stderr.write(f"demo: {done}/{total} {things}\n")
            self._told = tenth
