"""The command: every probe by itself, one that fails tells that, and the others go on."""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

import redis
from django.db import DatabaseError
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from tessera.doctor import around, database, host
from tessera.doctor.finding import Finding, Level, trouble
from tessera.lib.patience import TookTooLong

Probe = Callable[[], Iterable[Finding]]

OF_DATABASE: tuple[Probe, ...] = (
    *(database.server, database.migrations, database.tables, database.connections),
    *(database.clocks, database.chain, around.secrets, around.background),
)
PROBES: tuple[Probe, ...] = (
    *(host.python, host.folder, host.files, host.secrets, host.port),
    *OF_DATABASE,
    *(around.broker, around.safety, around.mail),
)


def examine(probes: Sequence[Probe]) -> Iterator[Finding]:
    """What they find, in order; once the database is away, nothing more is asked of it."""
    away = False
    for probe in probes:
        if away and probe in OF_DATABASE:
            continue
        try:
            yield from list(probe())
        except (DatabaseError, TookTooLong) as error:
            if not away:
                why = str(error).partition("\n")[0] or type(error).__name__
                todo = _("Is it running? DATABASE_URL says where it is looked for.")
                yield trouble(_("Database"), why, todo)
            away = True
        except (redis.RedisError, OperationalError) as error:
            todo = _("Is it running? REDIS_URL says where it is looked for.")
            yield trouble(_("Broker"), str(error), todo)
        except OSError as error:
            yield trouble(_("System"), str(error), _("Mend what the line says, and ask again."))


def main(arguments: Sequence[str]) -> int:
    """The exit code: 0 all is well, 1 something is worth a look, 2 something is in trouble."""
    parser = argparse.ArgumentParser(
        prog="tessera doctor",
        description="Say what is right and wrong with this installation, each with what to do."
        " Exit 0: all is well; 1: something is worth a look; 2: something is in trouble.",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")
    parser.add_argument("--send-to", metavar="ADDRESS", help="send a test mail to this address")
    asked = parser.parse_args(arguments)
    probes = list(PROBES)
    if asked.send_to:
        probes.append(partial(around.letter, asked.send_to))
    found = list(examine(probes))
    worst = max((each.level for each in found), default=Level.WELL)
    sys.stdout.write(_as_json(found, worst) if asked.json else "".join(map(_line, found)))
    return int(worst)


def _as_json(found: Sequence[Finding], worst: Level) -> str:
    results = [
        {"part": each.part, "level": each.level.name.lower(), "told": each.told, "todo": each.todo}
        for each in found
    ]
    return json.dumps({"level": worst.name.lower(), "results": results}, ensure_ascii=False) + "\n"


def _line(found: Finding) -> str:
    first = f"{found.level.word:<8} {found.part}: {found.told}\n"
    return f"{first}         → {found.todo}\n" if found.todo else first
