from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ScripsConfig(AppConfig):
    name = "scrips"
    verbose_name = _("Automation")

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from scrips.stock import make_scrips

        post_migrate.connect(make_scrips, sender=self)
