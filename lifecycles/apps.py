from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class LifecyclesConfig(AppConfig):
    name = "lifecycles"
    verbose_name = _("Lifecycles")

    def ready(self) -> None:
        from lifecycles.stock import make_stock_lifecycles

        post_migrate.connect(make_stock_lifecycles, sender=self)
