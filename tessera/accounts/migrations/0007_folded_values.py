from typing import Any

from django.db import migrations

from tessera.lib.query.fold import fold


def fill(apps: Any, _editor: object) -> None:
    """What queries compare, for the users that are there already."""
    users = apps.get_model("accounts", "User").objects
    for user in users.all():
        names = {"folded_username": fold(user.username), "folded_email": fold(user.email)}
        users.filter(pk=user.pk).update(**names)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_folded_names")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
