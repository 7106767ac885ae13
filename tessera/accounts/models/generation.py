from typing import ClassVar

from django.db import models

from tessera.lib.database import prepared


class ConfigGeneration(models.Model):
    """One row: the number that every change of configuration raises.

    A deferred constraint trigger on each configuration table (queues, fields, lifecycles, scrips, templates)
    raises it at COMMIT, whoever writes. What a process keeps of the configuration it keeps under this number.
    """

    number = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(pk=1), name="config_generation_is_one_row")
        ]

    def __str__(self) -> str:
        return str(self.number)

    @classmethod
    def current(cls) -> int:
        """The number now: one statement."""
        with prepared() as cursor:
            # Text, because every unit of work begins here, and building it of expressions costs more than running it.
            cursor.execute("SELECT number FROM accounts_configgeneration WHERE id = 1")
            number: int = cursor.fetchone()[0]
        return number
