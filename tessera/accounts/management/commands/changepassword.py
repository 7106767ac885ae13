"""`tessera changepassword USERNAME`: another password from the command line."""

from getpass import getuser
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from tessera.accounts import audit
from tessera.accounts.models import User
from tessera.accounts.terminal import new_password


class Command(BaseCommand):
    """Asks for the password twice, keeps it, and notes that in the audit: in nobody's name, for a shell has none."""

    help = (
        "Set another password of a user: it is asked for twice. Every login under that name ends."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """`[USERNAME]`."""
        parser.add_argument("username", nargs="?", help="without it, whoever sits at the terminal")

    def handle(self, *_args: Any, **options: Any) -> None:
        username = options["username"] or getuser()
        try:
            user = User.objects.get_by_natural_key(username)
        except User.DoesNotExist:
            raise CommandError(f"there is no user {username!r}") from None
        if user.kind == User.Kind.SYSTEM:
            raise CommandError(f"{user.username} can't log in: it takes no password")
        self.stdout.write(f"Another password for {user.username}.")
        try:
            user.set_password(new_password(user, faults=self.stderr))
        except (KeyboardInterrupt, EOFError):
            raise CommandError("cancelled: the password stays as it was") from None
        with transaction.atomic():
            user.save(update_fields=["password"])
            audit.note("password_changed", subject=user, facts={"way": "shell"})
        self.stdout.write(f"The password of {user.username} is changed; every login has ended.")
