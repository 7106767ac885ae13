"""`tessera check-config`: is anything wrong with the configuration?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tessera.desk.checkup import Severity, findings
from tickets import service


class Command(BaseCommand):
    """The check of the configuration, a line for each finding."""

    help = (
        "Check the configuration: rules, templates, queues, fields, lifecycles, roles, people, views and hosts. "
        "A line for each finding; exit 1 when there are faults."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--faults", action="store_true", help="tell of faults alone")

    def handle(self, *_args: Any, **options: Any) -> None:
        found = findings(service.system_actor())
        for each in found:
            if each.severity is Severity.FAULT or not options["faults"]:
                self.stdout.write(f"{each.severity.word}: {each.kind} “{each.name}”: {each.what}")
        faults = sum(each.severity is Severity.FAULT for each in found)
        summary = ngettext("%d finding", "%d findings", len(found)) % len(found)
        if faults:
            told = ngettext("%d fault", "%d faults", faults) % faults
            raise CommandError(f"{summary}, {told}", returncode=1)
        self.stdout.write(_("%s, no faults.") % summary)
