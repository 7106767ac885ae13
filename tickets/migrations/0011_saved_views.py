import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_folded_values"),
        ("tickets", "0010_rounds"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedView",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("query", models.CharField(blank=True, max_length=10000, verbose_name="query")),
                ("columns", models.JSONField(verbose_name="columns")),
                ("order", models.CharField(max_length=1000, verbose_name="order")),
                ("for_all", models.BooleanField(default=False, verbose_name="everybody's")),
                (
                    "group",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="accounts.group",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "saved view",
                "verbose_name_plural": "saved views",
                "ordering": ["pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("for_all", True)),
                        fields=["id"],
                        name="saved_view_for_all",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("for_all", False), ("group", None), _connector="OR"),
                        name="saved_view_shared_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True), name="saved_view_named"
                    ),
                ],
            },
        ),
    ]
