from django.db import migrations


def grant_admin(apps, _editor):
    """Superusers become holders of the role `admin`: the flag goes, and a grant can be seen and ended."""
    Role = apps.get_model("accounts", "Role")
    User = apps.get_model("accounts", "User")
    Grant = apps.get_model("tickets", "Grant")
    superusers = User.objects.filter(is_superuser=True)
    if not superusers.exists():
        return
    made = None
    for name, rights in (
        (
            "agent",
            [
                "CommentOnTicket",
                "CreateTicket",
                "ModifyCustomField",
                "ModifyTicket",
                "OwnTicket",
                "ReplyToTicket",
                "SeeQueue",
                "ShowOutgoingMail",
                "ShowTicket",
                "ShowTicketComments",
                "TakeTicket",
                "Watch",
            ],
        ),
        ("supervisor", ["DeleteTicket", "StealTicket"]),
        ("admin", ["SuperUser"]),
    ):
        made, _new = Role.objects.get_or_create(
            name=name, defaults={"rights": rights, "inherits": made}
        )
    for user in superusers:
        Grant.objects.get_or_create(role=made, user=user, group=None, ticket_role="", queue=None)


class Migration(migrations.Migration):
    dependencies = [("tickets", "0003_grants"), ("accounts", "0004_roles")]
    operations = [migrations.RunPython(grant_admin, migrations.RunPython.noop)]
