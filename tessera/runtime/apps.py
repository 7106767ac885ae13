"""The Django app of what keeps several hosts from doing one thing twice."""

from django.apps import AppConfig


class RuntimeConfig(AppConfig):
    """Its one table is that of the leases."""

    name = "tessera.runtime"
    label = "runtime"
