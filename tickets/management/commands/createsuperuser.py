"""`tessera createsuperuser`: an administrator from the command line."""

import os
from getpass import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from tessera.accounts.models import User
from tickets.stock import make_administrator


class Command(BaseCommand):
    """Makes a user, or takes the one of that name, and grants the role `admin` everywhere."""

    help = (
        "Make an administrator. The password is asked for, or taken from DJANGO_SUPERUSER_PASSWORD with --noinput. "
        "A user of that name who is there already keeps the password and becomes an administrator."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """`USERNAME [--email EMAIL] [--noinput]`."""
        parser.add_argument("--username", required=True)
        parser.add_argument("--email", default="")
        parser.add_argument("--noinput", action="store_true")

    def handle(self, *_args: Any, **options: Any) -> None:
        user = User.objects.filter(username__iexact=options["username"]).first()
        if user is None:
            user = _make(options)
        make_administrator(user)
        self.stdout.write(f"{user.username} is an administrator.")


def _make(options: dict[str, Any]) -> User:
    password = os.environ.get("DJANGO_SUPERUSER_PASSWORD")
    if not options["noinput"]:
        password = getpass("Password: ")
        if password != getpass("Password (again): "):
            raise CommandError("The two passwords differ.", returncode=2)
    try:
        if password:
            validate_password(password)
        return User.objects.create_user(options["username"], password, email=options["email"])
    except ValidationError as error:
        raise CommandError(" ".join(error.messages), returncode=2) from None
