"""What is always there: the system user, in whose name scrips act, the roles, and the configuration's number."""

from django.db import DEFAULT_DB_ALIAS

from tessera.accounts.models import ConfigGeneration, Role, User
from tessera.accounts.rights import BUILT_IN

SYSTEM_USERNAME = "system"


def make_stock(using: str = DEFAULT_DB_ALIAS, **_signal: object) -> None:
    """Make what is missing. The system user has no password and can't log in."""
    ConfigGeneration.objects.using(using).get_or_create(pk=1)
    User.objects.using(using).get_or_create(
        username=SYSTEM_USERNAME,
        defaults={
            "kind": User.Kind.SYSTEM,
            "first_name": "Tessera",
            "password": "!",
        },
    )
    made: dict[str, Role] = {}
    for name, (rights, inherits) in BUILT_IN.items():
        made[name], _new = Role.objects.using(using).get_or_create(
            name=name,
            defaults={"rights": list(rights), "inherits": made[inherits] if inherits else None},
        )
