"""Puts our administration in the place of Django's. Apart, because no model can be imported when it is read."""

from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class AdminConfig(DjangoAdminConfig):
    """Django's admin with our site."""

    default_site = "tessera.desk.administration.AdminSite"
