from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "tessera.accounts"
    label = "accounts"
    verbose_name = _("People")

    def ready(self) -> None:
        from tessera.accounts.stock import make_stock

        post_migrate.connect(make_stock, sender=self)
