from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TicketsConfig(AppConfig):
    name = "tickets"
    verbose_name = _("Tickets")

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from tickets import checks  # noqa: F401  # registers itself
        from tickets.stock import make_general_queue, make_grants

        post_migrate.connect(make_general_queue, sender=self)
        post_migrate.connect(make_grants, sender=self)
