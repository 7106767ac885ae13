from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customfields", "0003_choices_and_conditions"),
    ]

    operations = [
        migrations.AddField(
            model_name="customfield",
            name="for_customers",
            field=models.BooleanField(
                default=False,
                help_text="Customers see it in the portal, and fill it in when they ask for help.",
                verbose_name="for customers",
            ),
        ),
    ]
