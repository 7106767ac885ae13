"""What is done by one process at a time, whichever host it runs on."""

from django.db import models


class Lease(models.Model):
    """Who does what is named `name`, and until when nobody else may. Written by `tessera.runtime.lease` alone."""

    name = models.CharField(max_length=50, primary_key=True)
    holder = models.CharField(max_length=100)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name}: {self.holder}"
