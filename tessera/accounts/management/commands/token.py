from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from tessera.accounts import tokens
from tessera.accounts.models import User
from tessera.lib.errors import LimitReached


class Command(BaseCommand):
    """`tessera token USERNAME`."""

    help = "Prints a new API token of that user, and only that: nobody can be shown it again."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="", help="what the token is for")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            user = User.objects.get_by_natural_key(options["username"])
        except User.DoesNotExist:
            raise CommandError(f"there is no user {options['username']!r}") from None
        if not user.is_active:
            raise CommandError(f"{user.username} is disabled or the system: no token is given")
        try:
            with transaction.atomic():
                _token, key = tokens.issue(user, actor=None, name=options["name"])
        except LimitReached as refusal:
            raise CommandError(str(refusal.detail)) from None
        self.stdout.write(key)
