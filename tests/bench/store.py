"""A database with very many tickets, made once and kept between runs: `var/bench-…` of the working copy."""

import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.environment import Environment, Servers, make_database

# Another number when what is generated changes: older ones are made anew.
VERSION = 1
SEED = 1


@dataclass(frozen=True, slots=True)
class Store:
    """So many tickets in a cluster of their own."""

    var: Path
    tickets: int

    @property
    def folder(self) -> Path:
        return self.var / f"bench-{self.tickets}-v{VERSION}"

    @property
    def complete(self) -> bool:
        """Whether it was made to its end."""
        return self._mark.exists()

    @property
    def _mark(self) -> Path:
        return self.folder / "complete"

    @contextmanager
    def served(self) -> Iterator[float | None]:
        """Within the block it is there, and Django's database is it. Gives how many seconds it took to make it,
        None where it was there already."""
        here = Environment(self.folder, "main")
        if not self.complete:
            shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True, exist_ok=True)
        here.publish()
        os.environ["DJANGO_SETTINGS_MODULE"] = "tessera.settings"
        servers = Servers(here)
        servers.start()
        try:
            import django

            django.setup()
            yield self._kept() if self.complete else self._make(here)
            from django.db import connections

            connections.close_all()
        finally:
            servers.end()

    def _kept(self) -> float | None:
        """One that is there: made before the tables were changed, it gets them as they are now."""
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        return None

    def _make(self, here: Environment) -> float:
        from django.core.management import call_command
        from django.db import connection

        from tests.bench import visitors

        make_database(here)
        sys.stderr.write(f"Making {self.tickets} tickets in {self.folder}\n")
        begun = time.perf_counter()
        call_command("demo", tickets=self.tickets, seed=SEED, stdout=sys.stderr)
        taken = time.perf_counter() - begun
        visitors.make()
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        self._mark.touch()
        return taken
