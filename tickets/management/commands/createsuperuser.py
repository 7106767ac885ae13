"""`tessera createsuperuser`: an administrator from the command line."""

import os
import sys
from typing import Any

from django.contrib.auth.management import get_system_username
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from tessera.accounts import audit
from tessera.accounts.models import User
from tessera.accounts.terminal import new_password, weakness
from tickets.stock import make_administrator

_PREFIX = "DJANGO_SUPERUSER_"


class Command(BaseCommand):
    """Makes a user, or takes the one of that name, and grants the role `admin` everywhere.

    With `--noinput` nothing is asked: what no option says comes from DJANGO_SUPERUSER_USERNAME, _EMAIL, _PASSWORD.
    """

    help = (
        "Make an administrator: a new user, or one who is there already and keeps the password. What no option says is"
        " asked for, or with --noinput taken from DJANGO_SUPERUSER_USERNAME, _EMAIL and _PASSWORD."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """`[--username USERNAME] [--email EMAIL] [--noinput]`."""
        parser.add_argument("--username")
        parser.add_argument("--email", help="of a new user")
        parser.add_argument(
            "--noinput", "--no-input", action="store_true", help="ask nothing; see above"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if not options["noinput"] and not sys.stdin.isatty():
            raise CommandError(
                "there is no terminal to ask at: give --noinput, and the rest as options or in the environment",
                returncode=2,
            )
        try:
            self._administrator(options)
        except (KeyboardInterrupt, EOFError):
            raise CommandError("cancelled: nobody was made an administrator") from None

    def _administrator(self, options: dict[str, Any]) -> None:
        username = self._username(options)
        known = User.objects.filter(username__iexact=username).first()
        if known is None:
            user = self._new(username, options)
        elif known.is_active:
            user = known
        else:
            raise CommandError(f"{known.username} is disabled or the system", returncode=2)
        with transaction.atomic():
            if user.pk is None:
                user.save()
                audit.added(user, actor=None)
            grant, made = make_administrator(user)
            if made:
                audit.added(grant, actor=None)
        self.stdout.write(f"{user.username} is an administrator{'' if made else ' already'}.")
        if not user.has_usable_password():
            self.stdout.write(
                f"There is no password; `tessera changepassword {user.username}` sets one."
            )

    def _username(self, options: dict[str, Any]) -> str:
        if options["username"] is None and not options["noinput"]:
            default = _default_username()
            hint = f" (leave blank to use {default!r})" if default else ""
            return self._prompt(f"Username{hint}: ", "username", default)
        given = options["username"] or os.environ.get(f"{_PREFIX}USERNAME")
        if not given or options["username"] == "":
            raise CommandError("say who: --username USERNAME", returncode=2)
        return str(given)

    def _new(self, username: str, options: dict[str, Any]) -> User:
        """The user as he is to be, not yet kept. Name and address are checked before a password is asked for."""
        asks = not options["noinput"]
        for field, value in (("username", username), ("email", options["email"])):
            if value and (wrong := _fault(field, value)):
                raise CommandError(wrong, returncode=2)
        email = options["email"]
        if email is None and asks:
            email = self._prompt("E-mail address (or nothing): ", "email", "")
        elif email is None:
            email = os.environ.get(f"{_PREFIX}EMAIL", "")
        user = User(username=username, email=email)
        user.set_unusable_password()
        if email and (wrong := _fault("email", email)):
            raise CommandError(wrong, returncode=2)
        if (
            password := new_password(user, faults=self.stderr)
            if asks
            else os.environ.get(f"{_PREFIX}PASSWORD")
        ):
            if wrong := weakness(password, user):
                raise CommandError(wrong, returncode=2)
            user.set_password(password)
        return user

    def _prompt(self, question: str, field: str, default: str) -> str:
        """Asks again until the answer can be one. A blank one is the default; where that is empty, only an address
        may be blank."""
        while True:
            given = input(question).strip() or default
            wrong = _fault(field, given) if given or field != "email" else ""
            if not wrong:
                return given
            self.stderr.write(wrong)


def _default_username() -> str:
    """Whoever sits at the terminal, if that is a username and nobody has it yet."""
    name = get_system_username().lower()
    try:
        User._meta.get_field("username").run_validators(name)  # noqa: SLF001  # Django's own way to a field
    except ValidationError:
        return ""
    return "" if User.objects.filter(username__iexact=name).exists() else name


def _fault(field: str, value: str) -> str:
    """What is wrong with a username or an address, or nothing. The name of somebody else is none: he is taken."""
    rules: Any = User._meta.get_field(field)  # noqa: SLF001  # as above
    try:
        rules.clean(value, None)
    except ValidationError as error:
        return f"{field}: {' '.join(error.messages)}"
    if field == "email" and User.objects.filter(email__iexact=value).exists():
        return f"email: {value!r} is another user's"
    return ""
