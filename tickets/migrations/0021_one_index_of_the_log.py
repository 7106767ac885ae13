import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """The unique key of ticket and seq answers what this index did. As SQL: Django would make the foreign key anew, and
    read the whole log for it."""

    atomic = False
    dependencies = [
        ("tickets", "0020_watchers_in_order"),
    ]

    operations = [
        migrations.RunSQL(
            "DROP INDEX CONCURRENTLY IF EXISTS tickets_transaction_ticket_id_ac58011a",
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS tickets_transaction_ticket_id_ac58011a"
            " ON tickets_transaction (ticket_id)",
            state_operations=[
                migrations.AlterField(
                    model_name="transaction",
                    name="ticket",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transactions",
                        to="tickets.ticket",
                    ),
                )
            ],
        ),
    ]
