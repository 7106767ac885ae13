from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ScripsConfig(AppConfig):
    name = "scrips"
    verbose_name = _("Automation")
