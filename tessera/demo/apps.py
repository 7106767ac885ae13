from django.apps import AppConfig


class DemoConfig(AppConfig):
    """At the right end of the import order: it makes a company's history through the door."""

    name = "tessera.demo"
    verbose_name = "Demo data"
