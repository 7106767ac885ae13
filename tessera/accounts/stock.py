"""What is always there: the system user, in whose name scrips act, and the configuration's number."""

from django.db import DEFAULT_DB_ALIAS

from tessera.accounts.models import ConfigGeneration, User

SYSTEM_USERNAME = "system"


def make_stock(using: str = DEFAULT_DB_ALIAS, **_signal: object) -> None:
    """Make what is missing. The system user has no password and can't log in."""
    ConfigGeneration.objects.using(using).get_or_create(pk=1)
    User.objects.using(using).get_or_create(
        username=SYSTEM_USERNAME,
        defaults={
            "kind": User.Kind.SYSTEM,
            "first_name": "Tessera",
            "is_superuser": True,
            "password": "!",
        },
    )
